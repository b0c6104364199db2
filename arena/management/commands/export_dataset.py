"""manage.py export_dataset: everything the site knows, as files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from arena.exchange.export_dataset import DirectoryInUse, export_dataset
from providers.catalogue.errors import CatalogueError


class Command(BaseCommand):
    help = "Write catalogue, competitions, entries with pictures, votes and boards into a new directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--licence", default="not stated", help="under which terms others may use it")

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["directory"]
        try:
            manifest = export_dataset(
                root,
                site=settings.SITE_URL,
                version=settings.SITE_VERSION,
                licence=options["licence"],
                progress=lambda step: self.stderr.write(f"{step} …"),
            )
        except (DirectoryInUse, CatalogueError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{root}: cannot be written: {error.strerror}") from None
        self.stdout.write(f"{manifest.votes:,} votes and {len(manifest.files):,} files in {root}.")
