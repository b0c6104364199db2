"""After a vote: says which competition's boards are behind, and wakes a task that brings their headline up to date.

May fail without harm: beat looks for changed boards each minute, and brings the other methods along.
"""

import logging
from typing import Any, cast

from celery import current_app

from arena.boards.ensure_boards import ensure_boards
from arena.boards.methods import HEADLINE
from arena.boards.recompute import recompute_boards
from arena.models import Competition
from arena.valkey import ask_valkey

LOG = logging.getLogger(__name__)
BEHIND = "lumenboard:boards-behind"
AWAKE = "lumenboard:recompute-awake"
DEBOUNCE_S = 1.5
# a task that got lost is replaced after this long
AWAKE_MS = 5000
TASK = "arena.tasks.recompute_voted_boards"


def schedule_recompute(competition_id: int) -> None:
    """Called on commit; never raises, since the vote counts already."""

    def mark(store: Any) -> bool:
        pipeline = store.pipeline(transaction=False)
        pipeline.sadd(BEHIND, competition_id)
        pipeline.set(AWAKE, 1, nx=True, px=AWAKE_MS)
        return bool(pipeline.execute()[1])

    if not ask_valkey(mark):
        return
    try:
        current_app.send_task(TASK, countdown=DEBOUNCE_S, expires=60, retry=False)
    except Exception:
        # whatever the broker's library raises: the vote stands, and beat finds the boards
        LOG.warning("the recompute could not be sent", exc_info=True)


def recompute_voted_boards() -> int:
    """Headlines of the boards of competitions voted on since the last call; how many snapshots were written."""

    def take(store: Any) -> list[bytes]:
        pipeline = store.pipeline()
        # awake first: a vote that comes from here on wakes a task of its own
        pipeline.delete(AWAKE)
        pipeline.smembers(BEHIND)
        pipeline.delete(BEHIND)
        return list(cast(set[bytes], pipeline.execute()[1]))

    competitions = [int(member) for member in ask_valkey(take) or []]
    present = list(Competition.objects.filter(id__in=competitions).values_list("id", flat=True))
    return recompute_boards(ensure_boards(present), methods=(HEADLINE,)) if present else 0
