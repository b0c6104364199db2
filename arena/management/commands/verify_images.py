"""manage.py verify_images: every stored image against its row."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.images.verify_images import verify_images
from providers.management.terminal import Progress


class Command(BaseCommand):
    help = "Read every stored image and compare its SHA-256 and size with its row. Ends with status 1 on a mismatch."

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Progress(self, options["verbosity"])
        result = verify_images(lambda done, of: progress.report(f"read {done:,} of {of:,} images"))
        for fault in result.faults:
            self.stdout.write(f"{fault.sha256}: {fault.what}")
        if result.faults:
            raise CommandError(f"{len(result.faults)} faults in {result.images:,} images.")
        self.stdout.write(self.style.SUCCESS(f"{result.images:,} images are as their rows say."))
