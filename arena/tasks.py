"""Celery tasks of the arena: each takes ids at most, may run twice, and only calls an action."""

from celery import shared_task
from django.utils import timezone

from arena.actions import announce_vote
from arena.actions import chain_votes as chain
from arena.actions import deepen, recompute, thin_history
from arena.vote_log import VoteLogBusy


@shared_task
def recompute_changed_boards() -> int:
    """Beat runs it each minute; how many snapshots were written."""
    return recompute.recompute_changed_boards()


@shared_task
def recompute_board(board_id: int) -> int:
    """How many snapshots were written."""
    return recompute.recompute_board(board_id)


@shared_task
def recompute_voted_boards() -> int:
    """Woken by votes, once a second at most; how many snapshots were written."""
    return announce_vote.recompute_voted_boards()


@shared_task
def deepen_boards() -> int:
    """Every five minutes: what replays votes or takes many fits; how many snapshots were written."""
    return deepen.deepen_changed_boards()


@shared_task
def chain_votes() -> int:
    """Every quarter of an hour; how many votes were chained, none while the log is busy."""
    try:
        return chain.chain_votes()
    except VoteLogBusy:
        return 0


@shared_task
def thin_board_history() -> int:
    """Nightly; how many snapshots were deleted."""
    return thin_history.thin_history(timezone.now())
