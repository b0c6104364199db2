"""`create_api_key NAME`: the key is printed alone on the last line, and never again."""

from argparse import ArgumentParser
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from providers.accounts.api_keys import USUAL_SCOPES, USUAL_USD_PER_DAY, create_api_key
from providers.models.gateway import KEY_SCOPES
from providers.plain_values import decimal_number


class Command(BaseCommand):
    help = "Create a key for the gateway; its text is printed on the last line, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--budget", default=str(USUAL_USD_PER_DAY), metavar="USD_PER_DAY", help="default 5")
        parser.add_argument("--scope", action="append", choices=list(KEY_SCOPES), help="may be repeated")
        parser.add_argument("--per-minute", type=int, default=600, help="calls a minute, default 600")
        parser.add_argument("--days", type=int, help="days until it expires; without, it does not")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["per_minute"] < 1:
            raise CommandError(f"--per-minute {options['per_minute']}: allowed are whole numbers from 1")
        expires_at = timezone.now() + timedelta(days=options["days"]) if options["days"] is not None else None
        made = create_api_key(
            options["name"],
            usd_per_day=_amount(options["budget"]),
            scopes=options["scope"] or USUAL_SCOPES,
            calls_per_minute=options["per_minute"],
            expires_at=expires_at,
        )
        self.stdout.write(f"key {made.row.name!r} for {', '.join(made.row.scopes)}; it is shown this once:")
        self.stdout.write(made.text)


def _amount(text: str) -> Decimal:
    amount = decimal_number(text)
    if amount is None or not 0 <= amount < 10**6:
        raise CommandError(f"--budget {text}: allowed are dollars a day from 0 to 999999")
    return amount
