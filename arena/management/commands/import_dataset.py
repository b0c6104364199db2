"""manage.py import_dataset: an exported dataset back into an empty site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.exchange.dataset_files import DatasetRefused
from arena.exchange.import_dataset import DatasetPlan, import_dataset, plan_dataset
from arena.images.intake.refusals import ImageRefused
from providers.catalogue.errors import CatalogueError


class Command(BaseCommand):
    help = "Restore a dataset into an empty site, all or nothing, and compare its boards with the exported ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--plan", action="store_true", help="only check the files and say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["directory"]
        try:
            self.stdout.write(summary_line(plan_dataset(root)))
            if options["plan"]:
                return
            report = import_dataset(root, lambda step: self.stderr.write(f"{step} …"))
        except (DatasetRefused, CatalogueError, ImageRefused) as refused:
            raise CommandError(f"{refused}. Nothing was written.") from None
        if report.differing:
            raise CommandError(f"restored, but these boards differ: {', '.join(report.differing)}")
        same = f"all {report.snapshots} boards by their methods are the exported ones, digest and figures"
        self.stdout.write(f"{report.boards} boards; {same}.")


def summary_line(plan: DatasetPlan) -> str:
    """The plan in one line."""
    manifest = plan.manifest
    return (
        f"{manifest.site}, exported {manifest.exported_at}, licence: {manifest.licence}. {plan.models:,} models, "
        f"{plan.competitions:,} competitions, {plan.entries:,} entries, {plan.pictures:,} pictures, "
        f"{manifest.votes:,} votes."
    )
