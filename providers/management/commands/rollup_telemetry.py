"""manage.py rollup_telemetry: samples into hours and days, now instead of at the next minute."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from providers.management.terminal import day
from providers.telemetry.roll_up import RolledDay, roll_up_changed, roll_up_days


class Command(BaseCommand):
    help = "Roll up hours whose samples changed; with --from or --to, build all hours of those days anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=day, metavar="DAY", help="first UTC day, as 2026-11-25")
        parser.add_argument("--to", dest="last", type=day, metavar="DAY", help="last UTC day, included")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["first"] or options["last"]:
            first, last = options["first"] or date.min, options["last"] or now.date()
            days = roll_up_days(first, last, progress=self._report)
        else:
            days = roll_up_changed(now, settings.SAMPLE_RETENTION_DAYS)
        hours, samples = sum(day.hours for day in days), sum(day.samples for day in days)
        self.stdout.write(f"{hours} hours of {len(days)} days rolled up from {samples} samples.")

    def _report(self, done: RolledDay) -> None:
        self.stdout.write(f"{done.day}: {done.samples} samples, {done.rows} rows")
