"""Wall times of tasks that take turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

# runs once and says how many seconds that took
Timed = Callable[[], float]


def timed(task: Callable[[], object]) -> Timed:
    """The task with a stopwatch."""

    def run() -> float:
        start = perf_counter()
        task()
        return perf_counter() - start

    return run


def take_turns(tasks: Mapping[str, Timed], rounds: int) -> dict[str, float]:
    """Each task's median over the rounds, after one round that is not counted."""
    for task in tasks.values():
        task()
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            taken[name].append(task())
    return {name: median(seconds) for name, seconds in taken.items()}
