"""manage.py chain_votes: bring the vote log's chain up to the last vote now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.votes.hash_chain import chain_votes
from arena.votes.log import VoteLogBusy


class Command(BaseCommand):
    help = "Chain the votes that came in since the last link, instead of at the next quarter of an hour."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(f"{chain_votes()} votes chained.")
        except VoteLogBusy as busy:
            raise CommandError(f"not now: {busy}") from None
