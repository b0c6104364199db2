"""Kills parts of the stack at random, and says from when until when each was away."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Final

import psycopg
import redis

from lumenboard.embedded.layout import Layout
from tests.proof.crowd.journal import Journal, Outage, now
from tests.proof.stack import Stack

BACK_WITHIN_S: Final = 60.0
# Those who were in the middle see the end of it a moment later: pools, a new process that loads the site.
GRACE_S: Final = 2.0
LOOK_EVERY_S: Final = 0.05
STEADY_LOOKS: Final = 5
BETWEEN_S: Final = (5.0, 14.0)


def postgres_answers(layout: Layout) -> bool:
    try:
        with psycopg.connect(layout.database_url, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def valkey_answers(layout: Layout) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(layout.broker_socket), socket_timeout=2) as store:
            return bool(store.ping())
    except (redis.RedisError, OSError):
        return False


def pages_answer(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        line.request("GET", "/health")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


@dataclass
class Killer:
    """Takes one part after another away, and waits each time until the stack has it back."""

    stack: Stack
    journal: Journal
    random: Random
    kills: Counter[str] = field(default_factory=Counter)
    never_back: list[str] = field(default_factory=list)

    def go_on(self, until: float, stop: threading.Event) -> None:
        while not stop.wait(self.random.uniform(*BETWEEN_S)) and now() < until:
            self.kill(self.random.choice(tuple(self._victims())))

    def kill(self, part: str) -> None:
        pids = self._victims()[part]()
        if not pids:
            return
        opened_at = now()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.kills[part] += 1
        if not self._is_back(part, pids):
            self.never_back.append(f"{part} is not back after {BACK_WITHIN_S:.0f} s")
        with self.journal.exclusively():
            self.journal.outages.append(Outage(part, opened_at, now() + GRACE_S))

    def _victims(self) -> Mapping[str, Callable[[], list[int]]]:
        """By part: which processes to kill now."""
        return {
            "postgres": lambda: self._one(self._postmaster()),
            "valkey": lambda: self._one(self.stack.find("valkey-server")),
            "web": lambda: self._one(self.stack.find("web_server")),
            "worker": lambda: self._one(self._workers()),
        }

    def _one(self, pids: list[int]) -> list[int]:
        return [self.random.choice(pids)] if pids else []

    def _postmaster(self) -> list[int]:
        try:
            return [int((self.stack.layout.postgres_dir / "postmaster.pid").read_text().split()[0])]
        except (OSError, ValueError, IndexError):
            return []

    def _workers(self) -> list[int]:
        return self.stack.find("celery --quiet --app lumenboard worker")

    def _is_back(self, part: str, gone: list[int]) -> bool:
        """Whether it is, in good time: seen to work several times running."""
        works: Callable[[], bool] = {
            "postgres": lambda: postgres_answers(self.stack.layout) and pages_answer(self.stack.port),
            "valkey": lambda: valkey_answers(self.stack.layout),
            "web": lambda: pages_answer(self.stack.port) and len(self.stack.find("web_server")) >= self._web_processes,
            "worker": lambda: bool(set(self._workers()) - set(gone)),
        }[part]
        until, steady = now() + BACK_WITHIN_S, 0
        while steady < STEADY_LOOKS:
            if now() > until:
                return False
            steady = steady + 1 if works() else 0
            time.sleep(LOOK_EVERY_S)
        return True

    def __post_init__(self) -> None:
        self._web_processes = len(self.stack.find("web_server"))
