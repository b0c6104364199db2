"""When a schedule comes due next. Pure; every time is UTC, and times that were missed are skipped, not caught up."""

from datetime import datetime, timedelta
from typing import Final

from cronsim import CronSim, CronSimError

STEPS: Final = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
# A schedule that spends money more often than this is a mistake.
SHORTEST_GAP: Final = timedelta(minutes=5)
LOOKED_AT: Final = 50


class BadCron(ValueError):
    """The line says no times, or too many; the message ends a sentence about it."""


def next_due(cadence: str, cron: str, *, due_at: datetime, now: datetime) -> datetime | None:
    """The first due time after `now` of a schedule that came due at `due_at`; None for one that runs once.

    Hourly and daily ones keep the minute, and the time of day, of `due_at`. Raises BadCron.
    """
    if cadence == "once":
        return None
    if cadence == "cron":
        return first_of_cron(cron, after=max(due_at, now))
    step = STEPS[cadence]
    missed = max(timedelta(0), now - due_at) // step
    return due_at + (missed + 1) * step


def first_of_cron(cron: str, *, after: datetime) -> datetime:
    """The first time of a five-field cron line after `after`. Raises BadCron."""
    try:
        return next(CronSim(cron, after))
    except (CronSimError, StopIteration):
        raise BadCron("must have the five fields of a cron line, such as 0 6 * * 1 for Mondays at six") from None


def check_cron(cron: str, *, now: datetime) -> datetime:
    """The first time of the line. Raises BadCron also where it comes round too often to be meant."""
    before = first = first_of_cron(cron, after=now)
    for _ in range(LOOKED_AT):
        after = first_of_cron(cron, after=before)
        if after - before < SHORTEST_GAP:
            minutes = SHORTEST_GAP // timedelta(minutes=1)
            raise BadCron(f"comes due more often than every {minutes} minutes")
        before = after
    return first
