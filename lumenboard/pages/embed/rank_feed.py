"""Rank changes of one board as an Atom feed: an entry for each day on which a rank moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from django.utils.feedgenerator import Atom1Feed

from arena.boards.history import PastBoard, snapshot_views, stored_snapshots
from arena.boards.rank_changes import ModelChange, model_changes
from arena.boards.standings import BoardHead
from arena.models import Board
from lumenboard.formatting import counted

MOST_ENTRIES = 20
MOST_NAMED = 25


def rank_feed(board: Board, head: BoardHead, title: str, site_url: str) -> tuple[str, datetime | None]:
    """The feed's text and when its newest entry is from; four queries, twenty days at most."""
    feed = Atom1Feed(
        title=f"{title}: rank changes",
        link=f"{site_url}{head.url}",
        description=f"Who rose and who fell on the board {title}, and why.",
        feed_url=f"{site_url}{head.url}/changes.atom",
        feed_guid=f"{site_url}{head.url}/changes",
    )
    newest = None
    for before, after, moved in _days_with_changes(board):
        newest = newest or after.computed_at
        address = f"{site_url}{head.url}/changes?from={before.id}&to={after.id}"
        feed.add_item(
            title=_headline(moved),
            link=address,
            description=_description(moved),
            unique_id=f"{site_url}{head.url}/changes/{after.digest}",
            pubdate=after.computed_at,
            updateddate=after.computed_at,
            author_name=title,
        )
    return feed.writeString("utf-8"), newest


def last_of_each_day(snapshots: Sequence[PastBoard]) -> list[PastBoard]:
    """Oldest first: one snapshot for each day that has any, its last."""
    return list({past.computed_at.date(): past for past in snapshots}.values())


def _days_with_changes(board: Board) -> Iterator[tuple[PastBoard, PastBoard, list[ModelChange]]]:
    days = last_of_each_day(stored_snapshots(board))[-MOST_ENTRIES - 1 :]
    pairs = [(before, after) for before, after in pairwise(days) if before.digest != after.digest]
    views = snapshot_views(board, {past.id for pair in pairs for past in pair})
    for before, after in reversed(pairs):
        if not {before.id, after.id} <= views.keys():  # thinned out since
            continue
        moved = [change for change in model_changes(views[before.id], views[after.id]) if change.moved]
        if moved:
            yield before, after, moved


def _headline(moved: Sequence[ModelChange]) -> str:
    first = next((change for change in moved if change.rank_after == 1), None)
    if first:
        return f"{first.name} takes first place"
    return f"{len(moved)} model{'' if len(moved) == 1 else 's'} changed rank"


def _description(moved: Sequence[ModelChange]) -> str:
    sentences = [f"{_sentence(change)}." for change in moved[:MOST_NAMED]]
    others = len(moved) - len(sentences)
    return " ".join([*sentences, *([f"{counted(others, 'other')} moved."] if others else [])])


def _sentence(change: ModelChange) -> str:
    before = f"#{change.rank_before}" if change.rank_before else "unranked"
    after = f"#{change.rank_after}" if change.rank_after else "unranked"
    return f"{change.name}: {before} to {after}{', ' if change.reasons else ''}{'; '.join(change.reasons)}"
