"""What follows a recompute at leisure: the methods that replay votes, then the findings about each headline board."""

from collections.abc import Collection

from arena.boards.findings import study_boards, study_changed_boards
from arena.boards.replay import replay_boards, replay_changed_boards


def deepen_boards(board_ids: Collection[int]) -> int:
    """How many snapshots were written; findings are written into those that are there."""
    written = replay_boards(board_ids)
    study_boards(board_ids)
    return written


def deepen_changed_boards() -> int:
    """As above, for the boards that need it."""
    written = replay_changed_boards()
    study_changed_boards()
    return written
