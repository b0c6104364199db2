"""manage.py price_drift: which prices of a file or a card disagree with the catalogue's."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lumenboard.formatting import price_text
from providers.catalogue.card import CardError
from providers.catalogue.conflicts import compare_document
from providers.catalogue.errors import CatalogueError, read_document
from providers.pricing.drift import Drift


class Command(BaseCommand):
    help = "Compare the prices of files or model cards with the catalogue; status 1 where any disagree."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="A .toml or .json file, or a card (llms.txt).")

    def handle(self, *args: Any, files: list[str], **options: Any) -> None:
        drifted = 0
        for file in files:
            try:
                found = compare_document(read_document(file), file)
            except (CardError, CatalogueError) as error:
                raise CommandError(f"{file}: {error}") from None
            drifted += len(found.drifts)
            for drift in found.drifts:
                self.stdout.write(_line(drift))
            for key in found.unknown:
                self.stdout.write(f"{key}: not in the catalogue")
            self.stdout.write(f"{file}: {found.compared} prices compared, {len(found.drifts)} disagree")
        if drifted:
            raise CommandError(f"{drifted} price{'' if drifted == 1 else 's'} disagree{'s' if drifted == 1 else ''}.")


def _line(drift: Drift) -> str:
    ours = " or ".join(map(price_text, drift.ours)) or "no such price"
    return f"{drift.endpoint_key}: {price_text(drift.theirs)} there, {ours} here"
