"""manage.py export_catalogue: the catalogue out as files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.catalogue.errors import CatalogueError
from providers.catalogue.exchange import export_catalogue


class Command(BaseCommand):
    help = "Export models as catalogue files, one TOML file each, named after the model's slug."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", metavar="DIR", type=Path, help="Where the files go; made if missing.")
        parser.add_argument("--model", action="append", metavar="SLUG", help="Only this model; may be repeated.")

    def handle(self, *args: Any, directory: Path, model: list[str] | None, **options: Any) -> None:
        try:
            files = export_catalogue(directory, model)
        except CatalogueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(files)} models written to {directory}.")
