"""Celery tasks of the arena: each takes ids at most, may run twice, and only calls an action."""

from celery import shared_task

from arena.actions import announce_vote, recompute


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
