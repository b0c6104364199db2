"""manage.py verify_board FILE: are the published figures of a board those of its exported votes?"""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.boards.api.exported_verdicts import verdict_differences
from arena.boards.api.vote_export import BadVotesFile, ExportedVote, read_export, tallies_by_competition
from arena.boards.methods import HEADLINE, compute_fitted
from arena.boards.standings import BoardTable, Computation
from arena.boards.table import board_table
from arena.boards.voter_widths import FINDING, voter_finding
from arena.models import Board
from arena.rating.board import FIGURES
from arena.rating.board import Board as ComputedBoard
from arena.rating.errors import RatingError
from arena.rating.tallies import OUTCOMES, Tallies
from arena.rating.voter_widths import VoterRow


class Command(BaseCommand):
    help = "Compute a board from its exported votes and compare digest, figures and verdicts with what is published."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="as downloaded from /api/v1/leaderboards/{id}/votes, CSV or NDJSON")
        parser.add_argument(
            "--board", default="", metavar="KEY", help="whose votes they are (default: the file's name)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        table = self._published(options["board"] or path.name.partition(".")[0])
        computation = table.computation
        if computation is None:
            raise CommandError(f"{table.board.id} has not been computed yet")
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                votes = [vote for vote in read_export(stream) if vote.number <= computation.last_vote_number]
            parts = tallies_by_competition(votes, computation.last_vote_number)
            whole = Tallies.merge(parts)
            several = parts if table.board.kind != "competition" else ()
            board = compute_fitted(HEADLINE, whole, several)
            with path.open(encoding="utf-8", newline="") as stream:
                verdicts = verdict_differences(Board.objects.get(key=table.board.id), read_export(stream))
        except OSError as error:
            raise CommandError(f"{path}: cannot be read: {error.strerror}") from None
        except (BadVotesFile, RatingError, UnicodeDecodeError) as refused:
            raise CommandError(f"{path}: {refused}") from None
        found = [*differences(table, board), *voter_differences(computation, whole, board, votes), *verdicts]
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"{len(found)} differences on {table.board.id}")
        self.stdout.write(f"Same digest and figures: {board.battles} votes, {len(board.rows)} models, {board.digest}")

    def _published(self, key: str) -> BoardTable:
        try:
            return board_table(key)
        except Board.DoesNotExist:
            raise CommandError(f"--board: there is no board {key!r}; /leaderboards lists them all") from None


def voter_differences(
    computation: Computation, tallies: Tallies, board: ComputedBoard, votes: Iterable[ExportedVote]
) -> list[str]:
    """One line if what the board says of intervals by voter, where it is of these votes, does not follow from them.

    None where the file names voters of fewer votes: it does not yet of young ones. Nor of fewer than 20 voters, of
    whom no count is public.
    """
    published = computation.findings.get(FINDING)
    if not published or published["digest"] != board.digest or board.fit is None:
        return []
    places = {slug: place for place, slug in enumerate(board.fit.models)}
    counts: Counter[tuple[str, int, int, int]] = Counter()
    for vote in votes:
        if vote.counted and vote.voter and {vote.left, vote.right} <= places.keys():
            counts[vote.voter, places[vote.left], places[vote.right], min(OUTCOMES.index(vote.outcome), 2)] += 1
    if published["votes"] is None or counts.total() < published["votes"]:
        return []
    codes = {voter: code for code, voter in enumerate(dict.fromkeys(key[0] for key in counts))}
    rows: list[VoterRow] = [
        (codes[voter], left, right, several * (code == 0), several * (code == 1), several * (code == 2))
        for (voter, left, right, code), several in counts.items()
    ]
    found = voter_finding(tallies, board.fit, [rows])
    return [] if found == published else [f"{FINDING}: published {published}, computed {found}"]


def differences(table: BoardTable, board: ComputedBoard) -> list[str]:
    """One line per figure that is not as published."""
    computation = table.computation
    published = {row.slug: row for row in table.rows}
    computed = {row.model: row for row in board.rows}
    lines = []
    if computation and computation.digest != board.digest:
        lines.append(f"digest: published {computation.digest}, computed {board.digest}")
    lines += [f"{slug}: is on one board only" for slug in sorted(set(published) ^ set(computed))]
    for slug in sorted(set(published) & set(computed)):
        for figure in FIGURES:
            shown, found = getattr(published[slug], figure), getattr(computed[slug], figure)
            if shown != found:
                lines.append(f"{slug}: {figure} is published as {shown}, computed as {found}")
    return lines
