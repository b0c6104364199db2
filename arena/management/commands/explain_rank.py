"""manage.py explain_rank BOARD MODEL: why a model's rank moved between two snapshots of a board."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.boards.history import snapshot_view, stored_snapshots, usual_pair
from arena.boards.rank_changes import ModelChange, board_reasons, model_changes
from arena.boards.standings import PastBoard
from arena.boards.table import find_board
from arena.models import Board
from providers.plain_values import aware_moment


class Command(BaseCommand):
    help = "Compare two snapshots of a board: new votes, new models, excluded votes, method."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("board", help="its key, for example mode-text-to-image")
        parser.add_argument("model", help="the model's slug")
        parser.add_argument(
            "--from", dest="since", metavar="DATE", help="the last snapshot up to then (default: a day ago)"
        )
        parser.add_argument("--to", dest="until", metavar="DATE", help="the last snapshot up to then (default: newest)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            board = find_board(options["board"])
        except Board.DoesNotExist:
            raise CommandError(f"there is no board {options['board']!r}; /leaderboards lists them all") from None
        first, last = self._pair(stored_snapshots(board), options["since"], options["until"])
        before, after = snapshot_view(board, first.id), snapshot_view(board, last.id)
        change = next((one for one in model_changes(before, after) if one.slug == options["model"]), None)
        if change is None:
            raise CommandError(f"model {options['model']!r} is on neither board; use the slug")
        self.stdout.write(
            f"{board.title}, {before.computed_at:%Y-%m-%d %H:%M} to {after.computed_at:%Y-%m-%d %H:%M} UTC"
        )
        for line in (*board_reasons(before, after), *change_lines(change)):
            self.stdout.write(line)

    def _pair(self, snapshots: list[PastBoard], since: str | None, until: str | None) -> tuple[PastBoard, PastBoard]:
        usual = usual_pair(snapshots)
        if usual is None:
            raise CommandError("the board has fewer than two snapshots, so there is nothing to compare")
        last = _last_up_to(snapshots, "--to", until) if until else usual[1]
        first = _last_up_to(snapshots, "--from", since) if since else usual[0]
        return first, last


def _last_up_to(snapshots: list[PastBoard], option: str, text: str) -> PastBoard:
    moment = aware_moment(text) or aware_moment(f"{text}Z") or aware_moment(f"{text}T00:00Z")
    if moment is None:
        raise CommandError(f"{option}: {text!r} is not a date; use 2026-11-23 or 2026-11-23T10:00")
    found = [past for past in snapshots if past.computed_at <= moment]
    if not found:
        raise CommandError(f"{option}: the first snapshot is of {snapshots[0].computed_at:%Y-%m-%d %H:%M}")
    return found[-1]


def change_lines(change: ModelChange) -> list[str]:
    """One model's change in lines."""
    rating = f", rating {change.rating_before} to {change.rating_after}"
    if not change.moved:
        return [f"{change.name} stayed at rank {change.rank_after or '–'}{rating}."]
    head = f"{change.name}: rank {change.rank_before or '–'} to {change.rank_after or '–'}{rating}."
    return [head, *(f"- {reason}" for reason in change.reasons)]
