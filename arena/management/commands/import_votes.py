"""manage.py import_votes: a CSV of votes into competitions, and their boards computed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_boards
from arena.exchange.import_votes import ImportReport, apply_import
from arena.exchange.plan_import import ImportOptions, ImportPlan, ImportRefused, plan_import
from arena.exchange.vote_file import VoteFileError, read_votes
from providers.management.terminal import Progress, opened
from providers.sheet import MODES

GROUPS_SHOWN = 10
DESCRIPTION = """Import votes from a CSV file (UTF-8, comma-separated, with a header).

Columns: left, right, winner (left, right, tie or both_bad), or model_a, model_b, winner (model_a, model_b, tie or
"tie (bothbad)"). Other columns are ignored. Nothing is written unless every row is good. The same file again adds
nothing; a file that begins with the rows of an earlier one adds the rest."""


class Command(BaseCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="path of the CSV file, or - for standard input")
        parser.add_argument("--mode", required=True, choices=MODES, help="what the images were made by")
        parser.add_argument(
            "--competition-column", default="", metavar="COL", help="column that names each vote's competition"
        )
        parser.add_argument(
            "--title",
            default="",
            help="the competition's title (default: the file's name); a prefix where a column is given",
        )
        parser.add_argument(
            "--match-slugs", action="store_true", help="let a name that is a model's slug or alias mean that model"
        )
        parser.add_argument("--plan", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        self.progress = Progress(self, options["verbosity"])
        source = options["file"]
        wanted = ImportOptions(
            mode=options["mode"],
            file_name="" if source == "-" else source.rpartition("/")[2],
            competition_column=options["competition_column"],
            title=options["title"],
            match_slugs=options["match_slugs"],
        )
        try:
            plan = self._plan(source, wanted)
            self.stdout.write(described(plan))
            if not options["plan"]:
                self._apply(plan)
        except (VoteFileError, ImportRefused) as refused:
            name = "standard input" if source == "-" else source
            raise CommandError(f"{name}: {refused}. Nothing was written.") from None

    def _plan(self, source: str, wanted: ImportOptions) -> ImportPlan:
        with opened(source) as stream:
            file = read_votes(
                stream, wanted.competition_column, lambda votes: self.progress.report(f"read {votes:,} votes")
            )
        return plan_import(file, wanted)

    def _apply(self, plan: ImportPlan) -> None:
        report = apply_import(
            plan, lambda done, of: self.progress.report(f"wrote {done:,} of {of:,} votes ({done / of:.0%})")
        )
        if not report.plan.new_votes:
            self.stdout.write("Nothing to add.")
            return
        recompute_boards(report.board_ids)
        complete_boards(report.board_ids)
        self.stdout.write(self.style.SUCCESS(done(report)))


def described(plan: ImportPlan) -> str:
    """The plan in a few lines, with the names that look alike."""
    lines = [f"{len(plan.file):,} votes in the file."]
    if plan.earlier:
        came = f"{plan.earlier.file_name or 'standard input'} on {plan.earlier.created_at:%Y-%m-%d}"
        share = "All" if not plan.new_votes else f"The first {plan.votes_before:,}"
        lines.append(f"{share} were imported before, from {came}.")
    if plan.new_votes:
        lines.append(
            f"New: {plan.new_votes:,} votes, {_new(plan.new_competitions, len(plan.competitions))} competitions, "
            f"{_new(plan.new_models, len(plan.models))} models."
        )
    for group in plan.look_alikes[:GROUPS_SHOWN]:
        lines.append(f"Look alike, but are not one model: {'; '.join(group)}.")
    if len(plan.look_alikes) > GROUPS_SHOWN:
        lines.append(f"And {len(plan.look_alikes) - GROUPS_SHOWN} more groups of names that look alike.")
    return "\n".join(lines)


def _new(new: int, all_of_them: int) -> str:
    return f"{new} of {all_of_them}"


def done(report: ImportReport) -> str:
    """What was written, in one line."""
    plan = report.plan
    return (
        f"Imported {plan.new_votes:,} votes (numbers {report.first_number:,} to {report.last_number:,}) in "
        f"{len(plan.competitions)} competitions between {len(plan.models)} models. "
        f"{len(report.board_ids)} boards computed."
    )
