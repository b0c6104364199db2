"""manage.py import_catalogue: catalogue files in, the plan out."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.catalogue.errors import CatalogueError
from providers.catalogue.exchange import import_catalogue


class Command(BaseCommand):
    help = "Import catalogue files (TOML or JSON, one model each): check all, show the plan, write all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="A file, or a directory with .toml or .json files."
        )
        parser.add_argument("--plan", action="store_true", help="Only show what would change.")

    def handle(self, *args: Any, paths: list[str], plan: bool, **options: Any) -> None:
        try:
            plans = import_catalogue(paths, plan_only=plan)
        except CatalogueError as error:
            raise CommandError(f"{error}\nNothing was written.") from None
        for each in plans:
            self.stdout.write("\n".join(each.lines()))
        changed = sum(1 for each in plans if each.changes)
        word = "would change" if plan else "changed"
        self.stdout.write(f"{changed} of {len(plans)} models {word}.")
