"""manage.py import_samples: a team's own log of calls into request samples."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from providers.management.terminal import Progress, opened
from providers.telemetry.import_samples import (
    CheckedSamples,
    SamplesRefused,
    allowed_samples,
    checked_samples,
    earlier_file,
    import_samples,
)
from providers.telemetry.roll_up import roll_up_changed
from providers.telemetry.sample_file import SampleFile, SampleFileError

ENDPOINTS_SHOWN = 10


class Command(BaseCommand):
    help = """Import request samples from CSV (with a header) or NDJSON, UTF-8.

Columns: endpoint, mode, started_at, ttfb_ms, total_ms, status, cost_usd; also http_status, megapixels, images, attempt,
request_id, source. Others are ignored and named. Nothing is written unless every row is good. The same rows again add
nothing."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="path of the file, or - for standard input")
        parser.add_argument("--plan", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        self.progress = Progress(self, options["verbosity"])
        name = "standard input" if options["file"] == "-" else options["file"]
        allowed = allowed_samples(timezone.now(), settings.SAMPLE_RETENTION_DAYS)
        try:
            with opened(options["file"]) as stream:
                file = SampleFile(stream)
                with checked_samples(
                    file.rows(), allowed, lambda rows: self.progress.report(f"read {rows:,} samples")
                ) as checked:
                    self.stdout.write(described(file, checked))
                    if not options["plan"]:
                        self._write(checked, name.rpartition("/")[2])
        except SampleFileError as refused:
            raise CommandError(f"{name}: {refused}. Nothing was written.") from None
        except SamplesRefused as refused:
            raise CommandError(f"{name}: {message_for(refused)}\nNothing was written.") from None

    def _write(self, checked: CheckedSamples, name: str) -> None:
        written = import_samples(checked, name=name)
        if not written:
            self.stdout.write("Nothing to add.")
            return
        days = roll_up_changed(timezone.now(), settings.SAMPLE_RETENTION_DAYS)
        self.stdout.write(self.style.SUCCESS(f"Imported {written:,} samples; {len(days)} days rolled up."))


def described(file: SampleFile, checked: CheckedSamples) -> str:
    """The plan in a few lines."""
    endpoints = [f"{key} {count:,}" for key, count in checked.by_endpoint.most_common(ENDPOINTS_SHOWN)]
    more = len(checked.by_endpoint) - len(endpoints)
    lines = [
        f"{checked.count:,} samples ({file.form}), {checked.first_at:%Y-%m-%d %H:%M} to "
        f"{checked.last_at:%Y-%m-%d %H:%M} UTC, {len(checked.days)} days.",
        f"Endpoints: {', '.join(endpoints)}{f' and {more} more' if more else ''}.",
        f"Statuses: {', '.join(f'{status} {count:,}' for status, count in checked.by_status.most_common())}.",
    ]
    if file.ignored:
        lines.append(f"Ignored columns: {', '.join(file.ignored[:ENDPOINTS_SHOWN])}.")
    earlier = earlier_file(checked)
    if earlier:
        lines.append(f"All of it was imported before, on {earlier.created_at:%Y-%m-%d}, from {earlier.name}.")
    return "\n".join(lines)


def message_for(refused: SamplesRefused) -> str:
    """Every problem shown on a line of its own."""
    lines = [f"{refused.count:,} rows cannot be used:"]
    lines += [f"  line {one.place}, {one.field}: {one.problem}" for one in refused.problems]
    more = refused.count - len(refused.problems)
    return "\n".join([*lines, *([f"  and {more:,} more"] if more else [])])
