"""Child processes that end with us: spawning, stopping, and restarting for ever, with growing pauses.

Spawn from the main thread only: the kernel sends the death signal when the spawning thread ends.
"""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lumenboard.embedded.layout import EmbeddedError

PR_SET_PDEATHSIG = 1
FIRST_PAUSE_S = 0.5
# A cause outside, such as a full disk, is found to be over within so long.
LONGEST_PAUSE_S = 15.0
# Whatever has run so long can run: its next death says nothing of the one before.
STEADY_S = 10.0
# From so many deaths on, each soon after its start, a part counts as one that keeps dying.
DYING_AFTER = 3

# Loaded once here: loading a library between fork and exec could deadlock.
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """What to run, and how it ends."""

    name: str
    argv: Sequence[str]
    cwd: Path
    environ: Mapping[str, str]
    # What asks it to stop and, after `patience_s`, what is sent next, the last being SIGKILL.
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    patience_s: float = 10.0
    # What the kernel sends it when we die without a word.
    orphan_signal: signal.Signals = signal.SIGKILL
    uid: int | None = None
    log: Path | None = None
    # Descriptors it holds as long as it lives: locks.
    inherited: tuple[int, ...] = ()


def die_with_parent(orphan_signal: signal.Signals) -> None:
    """Ask the kernel to signal this process when the thread that started it ends."""
    _LIBC.prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)


def spawn(program: Program) -> "subprocess.Popen[bytes]":
    """Start the program in a session of its own; output goes to its log, or to a pipe when it has none."""
    parent = os.getpid()

    def before_exec() -> None:
        # Runs after the change of user, which would clear it.
        die_with_parent(program.orphan_signal)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if os.getppid() != parent:
            os._exit(1)

    output = program.log.open("ab") if program.log else None
    try:
        return subprocess.Popen(
            program.argv,
            cwd=program.cwd,
            env=dict(program.environ),
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=program.inherited,
            preexec_fn=before_exec,  # noqa: PLW1509 - it imports nothing and takes no lock
            user=program.uid,
            group=program.uid,
            extra_groups=None if program.uid is None else [],
        )
    finally:
        if output:
            output.close()


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill what a dead child left behind in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@dataclass
class Restarts:
    """How often in a row something died soon after its start, and so how long to wait before the next one."""

    in_a_row: int = 0
    last: str = ""
    started_at: float = float("-inf")

    def started(self, now: float) -> None:
        self.started_at = now

    def pause_after(self, how: str, now: float) -> float:
        """Note a death; returns the seconds to wait. There is no last attempt: what stops a part may pass."""
        self.in_a_row = 1 if now - self.started_at >= STEADY_S else self.in_a_row + 1
        self.last = how
        return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self.in_a_row - 1, 16)))

    def keeps_dying(self, now: float) -> bool:
        """Whether it keeps dying, and has not yet run long enough since to be trusted again."""
        return self.in_a_row >= DYING_AFTER and now - self.started_at < STEADY_S


@dataclass
class Child:
    """A program run for ever. `renew` makes it anew before a restart, where files of the last one stand in its way."""

    program: Program
    on_output: Callable[[str, IO[bytes]], None] | None = None
    renew: Callable[[], Program] | None = None
    process: "subprocess.Popen[bytes] | None" = None
    restarts: Restarts = field(default_factory=Restarts)
    retry_at: float = 0.0

    def start(self, now: float = 0.0) -> None:
        self.process = spawn(self.program)
        self.restarts.started(now)
        if self.on_output and self.process.stdout:
            self.on_output(self.program.name, self.process.stdout)

    def check(self, now: float) -> str | None:
        """Restart the program when it has died and its pause is over; returns what happened, if anything."""
        if self.process is None:
            return self._restart(now)
        code = self.process.poll()
        if code is None:
            return None
        end_group(self.process)
        self.process = None
        return self._plan_restart(f"ended with {ending(code)}", now)

    def problem(self, now: float) -> str:
        """Why it is not there, or not to be relied on; empty when all is well."""
        if self.process is not None and not self.restarts.keeps_dying(now):
            return ""
        state = "started again" if self.process else f"starts again in {max(0.0, self.retry_at - now):.0f} s"
        return f"{self.restarts.last}, {self.restarts.in_a_row} in a row; {state}"

    def stop(self) -> None:
        """Ask, wait, insist."""
        if self.process is None:
            return
        for number in (*self.program.stop_signals, signal.SIGKILL):
            self.process.send_signal(number)
            try:
                self.process.wait(self.program.patience_s)
                break
            except subprocess.TimeoutExpired:
                continue
        end_group(self.process)
        self.process = None

    def _restart(self, now: float) -> str | None:
        if now < self.retry_at:
            return None
        try:
            self.program = self.renew() if self.renew else self.program
            self.start(now)
        except (EmbeddedError, OSError) as error:
            self.restarts.started(now)
            return self._plan_restart(f"could not be started: {error}", now)
        return f"{self.program.name} restarted"

    def _plan_restart(self, how: str, now: float) -> str:
        pause = self.restarts.pause_after(how, now)
        self.retry_at = now + pause
        return f"{self.program.name} {how}; starting it again in {pause:g} s"


def ending(code: int) -> str:
    """An exit status in words."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
