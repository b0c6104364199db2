"""`simulate_providers --port N`: fal, Replicate, DashScope and OpenAI's image API on loopback."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from providers.simulator.command_line import add_arguments, serve_with


class Command(BaseCommand):
    help = "Serve simulated providers until Ctrl-C; needs neither database nor broker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser, Path(settings.DATA_DIR))

    def handle(self, *args: Any, **options: Any) -> None:
        serve_with(Namespace(**options))
