"""Times of tasks that take turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter, thread_time

# runs once and says how many seconds that took
Timed = Callable[[], float]


def timed(task: Callable[[], object], clock: Callable[[], float] = perf_counter) -> Timed:
    """The task with a stopwatch: wall time, unless given another clock."""

    def run() -> float:
        start = clock()
        task()
        return clock() - start

    return run


def worked(task: Callable[[], object]) -> Timed:
    """The task with its thread's processor time: for arithmetic in one thread the wall time of an idle machine."""
    return timed(task, thread_time)


@dataclass(frozen=True)
class Taken:
    """Seconds over all rounds; what is judged is the median, the best says how much of it was others' work."""

    median: float
    best: float


def take_turns(tasks: Mapping[str, Timed], rounds: int) -> dict[str, Taken]:
    """Each task over the rounds, after one round that is not counted."""
    for task in tasks.values():
        task()
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            taken[name].append(task())
    return {name: Taken(median(seconds), min(seconds)) for name, seconds in taken.items()}
