"""Takes the demo world out."""

from typing import Any

from django.core.management.base import BaseCommand

from lumenboard.demo.seed import remove_demo


class Command(BaseCommand):
    help = "Removes what seed_demo put in; your own competitions, models and votes stay."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = remove_demo()
        self.stdout.write("removed " + ", ".join(f"{count} {kind}" for kind, count in removed.items()))
