"""What a server's processes take: processor time and memory, by part, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# In the environment of a server and so of all it starts, whoever their parent has become since.
MARK: Final = "BENCH_SERVER"
TICKS: Final = os.sysconf("SC_CLK_TCK")
WEB, POSTGRESQL, REST = "web", "postgresql", "rest"


@dataclass(frozen=True)
class Amounts:
    """Of one kind (seconds of processors, megabytes), by part."""

    web: float = 0.0
    postgresql: float = 0.0
    rest: float = 0.0

    @property
    def total(self) -> float:
        return self.web + self.postgresql + self.rest

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.web + other.web, self.postgresql + other.postgresql, self.rest + other.rest)

    def __sub__(self, other: Amounts) -> Amounts:
        return self + other.times(-1)

    def times(self, factor: float) -> Amounts:
        return Amounts(self.web * factor, self.postgresql * factor, self.rest * factor)


@dataclass(frozen=True)
class Process:
    """One of /proc; `seconds` with those of its children that have ended."""

    pid: int
    parent: int
    name: str
    command: str
    seconds: float


def processor_seconds(mark: str) -> Amounts:
    """User and system time so far of every process of the server, children that have ended included."""
    return _sum_by_part(mark, lambda process: process.seconds)


def memory_mb(mark: str) -> Amounts:
    """Of every process of the server; pages that several share are shared out among them."""
    return _sum_by_part(mark, lambda process: _proportional_kb(process.pid) / 1024)


def family(mark: str) -> dict[int, Process]:
    """Those started with the mark in their environment, and all that descend from them."""
    everything = _all_processes()
    found = {pid for pid in everything if _is_marked(pid, mark)}
    while children := {pid for pid, process in everything.items() if process.parent in found} - found:
        found |= children
    return {pid: everything[pid] for pid in sorted(found)}


def _sum_by_part(mark: str, amount: Callable[[Process], float]) -> Amounts:
    members = family(mark)
    sums = {WEB: 0.0, POSTGRESQL: 0.0, REST: 0.0}
    for process in members.values():
        with suppress(OSError):  # it may have ended meanwhile
            sums[_part(process, members)] += amount(process)
    return Amounts(sums[WEB], sums[POSTGRESQL], sums[REST])


def _part(process: Process, members: dict[int, Process]) -> str:
    """By the nearest of the process and its forebears that says so."""
    at: Process | None = process
    while at is not None:
        if "web_server" in at.command:
            return WEB
        if at.name.startswith("postgres"):
            return POSTGRESQL
        at = members.get(at.parent)
    return REST


def _all_processes() -> dict[int, Process]:
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            process = _read(place)
            found[process.pid] = process
    return found


def _read(place: Path) -> Process:
    head, _, tail = (place / "stat").read_text().rpartition(")")
    fields = tail.split()
    ticks = sum(int(fields[at]) for at in (11, 12, 13, 14))  # utime, stime, cutime, cstime
    command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    return Process(int(place.name), int(fields[1]), head.partition("(")[2], command, ticks / TICKS)


def _is_marked(pid: int, mark: str) -> bool:
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _proportional_kb(pid: int) -> int:
    return int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("Pss:")[2].split()[0])
