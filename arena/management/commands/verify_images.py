"""manage.py verify_images: every stored image against its row."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.actions.verify_images import verify_images

SECONDS_BETWEEN_LINES = 1.0


class Command(BaseCommand):
    help = "Read every stored image and compare its SHA-256 and size with its row. Ends with status 1 on a mismatch."

    def handle(self, *args: Any, **options: Any) -> None:
        self.is_quiet, self.told_at = options["verbosity"] == 0, time.monotonic()
        result = verify_images(self._tell)
        for fault in result.faults:
            self.stdout.write(f"{fault.sha256}: {fault.what}")
        if result.faults:
            raise CommandError(f"{len(result.faults)} faults in {result.images:,} images.")
        self.stdout.write(self.style.SUCCESS(f"{result.images:,} images are as their rows say."))

    def _tell(self, done: int, of: int) -> None:
        now = time.monotonic()
        if not self.is_quiet and now - self.told_at >= SECONDS_BETWEEN_LINES:
            self.told_at = now
            self.stderr.write(f"read {done:,} of {of:,} images", self.style.NOTICE)
