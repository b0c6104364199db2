"""manage.py remove_second_factor: for an operator who has lost both the app and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from lumenboard.accounts.second_factor import remove_second_factor


class Command(BaseCommand):
    help = "Remove an account's second factor and recovery codes; the password alone logs in until a new one is on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"there is no account {username!r}")
        if not remove_second_factor(user):
            raise CommandError(f"{username} has no second factor")
        self.stdout.write(f"The second factor of {username} is removed.")
