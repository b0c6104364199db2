"""manage.py rollup_telemetry: samples into hours and days, now instead of at the next minute."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from providers.telemetry.roll_up import RolledDay, roll_up_changed, roll_up_days


class Command(BaseCommand):
    help = "Roll up hours whose samples changed; with --from or --to, build all hours of those days anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="first UTC day, as 2026-11-25")
        parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last UTC day, included")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["first"] or options["last"]:
            first, last = options["first"] or date.min, options["last"] or now.date()
            days = roll_up_days(first, last, progress=self._tell)
        else:
            days = roll_up_changed(now, settings.SAMPLE_RETENTION_DAYS)
        hours, samples = sum(day.hours for day in days), sum(day.samples for day in days)
        self.stdout.write(f"{hours} hours of {len(days)} days rolled up from {samples} samples.")

    def _tell(self, day: RolledDay) -> None:
        self.stdout.write(f"{day.day}: {day.samples} samples, {day.rows} rows")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; allowed is a date such as 2026-11-25") from None
