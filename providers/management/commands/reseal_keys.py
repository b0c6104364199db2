"""Encrypts every stored provider key and webhook secret anew with the first of LUMENBOARD_FERNET_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.accounts.sealing import SealedElsewhere, reseal_keys


class Command(BaseCommand):
    help = "Encrypt stored provider keys and webhook secrets anew with the first key of LUMENBOARD_FERNET_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = reseal_keys()
        except SealedElsewhere as error:
            raise CommandError(f"Nothing was changed: {error}") from None
        self.stdout.write(f"{count} keys and secrets encrypted anew.")
