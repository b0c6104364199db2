"""manage.py import_model_card: one model's llms.txt in, the plan out."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.catalogue.card import CardError
from providers.catalogue.errors import CatalogueError, read_document
from providers.catalogue.exchange import import_model_card
from providers.management.terminal import day


class Command(BaseCommand):
    help = "Import a model card: a model's llms.txt, on one line or on many."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="The card; - reads standard input.")
        parser.add_argument("--plan", action="store_true", help="Only show what would change.")
        parser.add_argument("--source", default="", help="Who reports its figures; by default the host it names.")
        parser.add_argument("--date", type=day, help="The day of its figures, YYYY-MM-DD; by default today (UTC).")

    def handle(self, *args: Any, file: str, plan: bool, source: str, **options: Any) -> None:
        try:
            made = import_model_card(read_document(file), source=source, reported_on=options["date"], plan_only=plan)
        except (CardError, CatalogueError) as error:
            raise CommandError(f"{file}: {error}\nNothing was written.") from None
        self.stdout.write("\n".join(made.lines()))
