"""`revoke_api_key ID`: the key's next call is refused. ID is the key's text or what stands before its dot."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.accounts.api_keys import revoke_api_key
from providers.models import ApiKey


class Command(BaseCommand):
    help = "End a key at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="lb_…, up to the dot")

    def handle(self, *args: Any, **options: Any) -> None:
        public_id = options["id"].partition(".")[0].removeprefix("lb_")
        key = ApiKey.objects.filter(public_id=public_id).first()
        if key is None:
            raise CommandError(f"there is no key lb_{public_id}")
        ended = revoke_api_key(key)
        self.stdout.write(f"{key}: revoked" if ended else f"{key}: was revoked at {key.revoked_at:%Y-%m-%d %H:%M} UTC")
