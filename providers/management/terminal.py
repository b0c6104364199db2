"""What commands that read or write for long share: where their bytes come from, and lines of progress."""

import math
import sys
import time
from argparse import ArgumentTypeError
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import BinaryIO

from django.core.management.base import BaseCommand, CommandError

SECONDS_BETWEEN_LINES = 1.0


class Progress:
    """At most one line a second on the command's standard error, so that a log stays readable."""

    def __init__(self, command: BaseCommand, verbosity: int) -> None:
        self.command, self.is_quiet, self.written_at = command, verbosity == 0, -math.inf

    def report(self, text: str) -> None:
        now = time.monotonic()
        if not self.is_quiet and now - self.written_at >= SECONDS_BETWEEN_LINES:
            self.written_at = now
            self.command.stderr.write(text, self.command.style.NOTICE)


def opened(source: str) -> AbstractContextManager[BinaryIO]:
    """The bytes of a path, or of standard input for "-". Raises CommandError."""
    if source == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return open(source, "rb")
    except OSError as error:
        raise CommandError(f"{source}: cannot be read: {error.strerror}") from None


def day(text: str) -> date:
    """The value of an option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; allowed is a date such as 2026-11-25") from None
