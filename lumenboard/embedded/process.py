"""Child processes that end with us: spawning, stopping, and restarting with a limit.

Spawn from the main thread only: the kernel sends the death signal when the spawning thread ends.
"""

import ctypes
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lumenboard.embedded.faults import GaveUp

PR_SET_PDEATHSIG = 1
FAILURES_ALLOWED = 5
FAILURE_WINDOW_S = 60.0
FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 5.0

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
    """How often something died lately, and so how long to wait before it is started again."""

    failures: deque[float] = field(default_factory=deque)

    def pause_after(self, name: str, how: str, now: float) -> float:
        """Note a death; returns the seconds to wait.

        Raises GaveUp at the fifth death within a minute.
        """
        while self.failures and now - self.failures[0] > FAILURE_WINDOW_S:
            self.failures.popleft()
        self.failures.append(now)
        if len(self.failures) >= FAILURES_ALLOWED:
            raise GaveUp(f"{name} died {FAILURES_ALLOWED} times within a minute, last with {how}")
        return min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (len(self.failures) - 1))


@dataclass
class Child:
    """A program kept running."""

    program: Program
    on_output: Callable[[str, IO[bytes]], None] | None = None
    process: "subprocess.Popen[bytes] | None" = None
    restarts: Restarts = field(default_factory=Restarts)
    retry_at: float = 0.0

    def start(self) -> None:
        self.process = spawn(self.program)
        if self.on_output and self.process.stdout:
            self.on_output(self.program.name, self.process.stdout)

    def tend(self, now: float) -> str | None:
        """Restart the program when it has died and its pause is over; returns what happened, if anything.

        Raises GaveUp at the fifth death within a minute.
        """
        if self.process is None:
            return self._restart(now)
        code = self.process.poll()
        if code is None:
            return None
        end_group(self.process)
        self.process = None
        return self._plan_restart(code, now)

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
        self.start()
        return f"{self.program.name} restarted"

    def _plan_restart(self, code: int, now: float) -> str:
        pause = self.restarts.pause_after(self.program.name, ending(code), now)
        self.retry_at = now + pause
        return f"{self.program.name} ended with {ending(code)}; starting it again in {pause:g} s"


def ending(code: int) -> str:
    """An exit status in words."""
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
