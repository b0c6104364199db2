"""manage.py recompute_leaderboards: boards from their tallies, now instead of at the next minute."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.boards.findings import complete_boards, complete_changed_boards
from arena.boards.recompute import recompute_boards, recompute_changed_boards
from arena.models import Board
from arena.raters.examine_raters import examine_changed_raters, examine_raters


class Command(BaseCommand):
    help = "Compute boards whose votes changed. A board that already agrees with its tallies is left as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--board", metavar="KEY", help="only this board, for example mode-text-to-image")
        which.add_argument("--all", action="store_true", help="look at every board, changed or not")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["board"]:
            boards = [self._board_id(options["board"])]
            written = recompute_boards(boards) + complete_boards(boards)
            examine_raters(boards)
        elif options["all"]:
            boards = list(Board.objects.order_by("id").values_list("id", flat=True))
            written = recompute_boards(boards) + complete_boards(boards)
            examine_raters(boards)
        else:
            written = recompute_changed_boards() + complete_changed_boards()
            examine_changed_raters()
        self.stdout.write(f"{written} snapshots written.")

    def _board_id(self, key: str) -> int:
        board_id = Board.objects.filter(key=key).values_list("id", flat=True).first()
        if board_id is None:
            raise CommandError(f"--board: there is no board {key!r}; /leaderboards lists them all")
        return board_id
