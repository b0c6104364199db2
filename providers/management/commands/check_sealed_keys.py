"""manage.py check_sealed_keys: whether every stored provider key and webhook secret can be opened."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.accounts.sealing import sealed_rows, unopenable_in_words


class Command(BaseCommand):
    help = "Try to open every stored provider key and webhook secret. Ends with status 1 where one cannot be."

    def handle(self, *args: Any, **options: Any) -> None:
        if problem := unopenable_in_words():
            raise CommandError(problem)
        count = sum(rows.count() for rows, _ in sealed_rows())
        self.stdout.write(self.style.SUCCESS(f"{count:,} stored keys and secrets can be opened."))
