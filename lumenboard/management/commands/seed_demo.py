"""Puts the demo world in, and an operator account where there is none yet."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from lumenboard.demo.seed import seed_demo

OPERATOR = "operator"


class Command(BaseCommand):
    help = "Puts the demo world in: models, competitions, drawn pictures and simulated votes. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        seed_demo(self.stdout.write)
        password = create_operator()
        if password:
            self.stdout.write(f"operator account for /admin/: name {OPERATOR}, password {password}")


def create_operator() -> str:
    """The password of a new account, or "" when an operator exists."""
    users = get_user_model()
    if users.objects.filter(is_superuser=True).exists():
        return ""
    password = secrets.token_urlsafe(12)
    users.objects.create_superuser(OPERATOR, password=password)
    return password
