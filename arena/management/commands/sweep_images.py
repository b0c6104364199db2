"""manage.py sweep_images: images that nothing shows and files that no row names go."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.images.sweep_images import ImagesBusy, sweep_images


class Command(BaseCommand):
    help = (
        "Delete stored images that no competition or entry shows, and files that no image names, "
        "each once it is older than an hour."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sweep = sweep_images(dry_run=options["dry_run"])
        except ImagesBusy as busy:
            raise CommandError(f"Stopped: {busy}. Run it again later.") from None
        for sha256 in sweep.images:
            self.stdout.write(f"image {sha256}")
        for name in sweep.files:
            self.stdout.write(f"file {name}")
        done = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(f"{len(sweep.images):,} images that nothing showed and {len(sweep.files):,} files {done}.")
