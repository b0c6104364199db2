"""Samples from outside: every row is checked before one is written, and the same batch is taken once.

Checked rows wait in a temporary file, so memory stays the same however long the file is.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import IO, Any, Final

from django.db import connection, transaction

from providers.models import ApiKey, Endpoint, SampleBatch
from providers.scratch import scratch_dir
from providers.telemetry.partitions import ensure_sample_days, oldest_day
from providers.telemetry.sample_rows import Allowed, KnownEndpoint, NewSample, RowRefused, read_row
from providers.telemetry.tables import day_start

CHUNK_SAMPLES: Final = 20_000
COPY_SAMPLES: Final = f"COPY providers_requestsample ({', '.join(NewSample._fields)}) FROM STDIN"


def record_samples(samples: Iterable[NewSample]) -> int:
    """Write all or none, in chunks, making the days they need; how many. Raises IntegrityError on a row that lies."""
    written = 0
    with transaction.atomic():
        for chunk in _chunks(samples):
            ensure_sample_days({sample.started_at.astimezone(UTC).date() for sample in chunk})
            copy_lines(["\n".join([sample.line() for sample in chunk]), "\n"])
            written += len(chunk)
    return written


def copy_lines(parts: Iterable[str | bytes]) -> None:
    """Text made of `NewSample.line`, each ended by a line feed. Their days must be there."""
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY_SAMPLES) as copy:
        for part in parts:
            copy.write(part)


def _chunks(samples: Iterable[NewSample]) -> Iterator[list[NewSample]]:
    rows = iter(samples)
    while chunk := list(islice(rows, CHUNK_SAMPLES)):
        yield chunk


PROBLEMS_SHOWN: Final = 20
PROGRESS_EVERY: Final = 50_000
CLOCK_SLACK: Final = timedelta(minutes=5)
BLOCK_BYTES: Final = 2**20
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
NEVER: Final = datetime.max.replace(tzinfo=UTC)

Progress = Callable[[int], None]


@dataclass(frozen=True)
class RowProblem:
    """What was wrong with one row; `place` is its line in a file or its number in a batch."""

    place: int
    field: str
    problem: str


class SamplesRefused(ValueError):
    """Rows that cannot be used: the first of them, and how many there are in all."""

    def __init__(self, problems: Iterable[RowProblem], count: int) -> None:
        self.problems, self.count = tuple(problems), count
        super().__init__("; ".join(f"line {p.place}: {p.field}: {p.problem}" for p in self.problems))


class BatchDiffers(ValueError):
    """The idempotency key was used before, for other samples."""


@dataclass
class CheckedSamples:
    """Rows that are all good, ready to be copied, with what a plan says of them."""

    spool: IO[bytes]
    digest: str = ""
    count: int = 0
    by_endpoint: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    days: set[date] = field(default_factory=set)
    first_at: datetime = NEVER
    last_at: datetime = LONG_AGO

    def blocks(self) -> Iterator[bytes]:
        """The rows as COPY takes them."""
        self.spool.seek(0)
        while block := self.spool.read(BLOCK_BYTES):
            yield block


def allowed_samples(now: datetime, retention_days: int) -> Allowed:
    """What reported samples may name, as of now."""
    found = Endpoint.objects.values_list("key", "id", "modes")
    return Allowed(
        endpoints={key: KnownEndpoint(number, tuple(modes)) for key, number, modes in found},
        earliest=day_start(oldest_day(now, retention_days)),
        latest=now + CLOCK_SLACK,
    )


@contextmanager
def checked_samples(
    rows: Iterable[tuple[int, Mapping[str, Any]]], allowed: Allowed, progress: Progress | None = None
) -> Iterator[CheckedSamples]:
    """Every row read, for as long as the block lasts; raises SamplesRefused if one is bad or there is none."""
    with tempfile.TemporaryFile(dir=scratch_dir()) as spool:
        checked = CheckedSamples(spool)
        _check(checked, rows, allowed, progress)
        yield checked


def _check(
    checked: CheckedSamples,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    allowed: Allowed,
    progress: Progress | None,
) -> None:
    problems: list[RowProblem] = []
    digest = hashlib.sha256()
    bad = seen = 0
    for place, raw in rows:
        seen += 1
        try:
            digest.update(_add(checked, raw, allowed))
        except RowRefused as refused:
            bad += 1
            if len(problems) < PROBLEMS_SHOWN:
                problems.append(RowProblem(place, refused.field, refused.problem))
        if progress and seen % PROGRESS_EVERY == 0:
            progress(seen)
    if not seen:
        raise SamplesRefused([RowProblem(0, "samples", "there is none; at least one is needed")], 1)
    if bad:
        raise SamplesRefused(problems, bad)
    checked.digest = digest.hexdigest()


def _add(checked: CheckedSamples, raw: Mapping[str, Any], allowed: Allowed) -> bytes:
    sample = read_row(raw, allowed)
    line = f"{sample.line()}\n".encode()
    checked.spool.write(line)
    checked.count += 1
    checked.by_endpoint[str(raw["endpoint"]).strip()] += 1
    checked.by_status[sample.status] += 1
    checked.days.add(sample.started_at.date())
    checked.first_at = min(checked.first_at, sample.started_at)
    checked.last_at = max(checked.last_at, sample.started_at)
    return line


def earlier_file(checked: CheckedSamples) -> SampleBatch | None:
    """The import that brought exactly these rows in the same order, if there was one."""
    return SampleBatch.objects.filter(key__isnull=True, digest=checked.digest).first()


def import_samples(
    checked: CheckedSamples, *, name: str = "", key: ApiKey | None = None, idempotency_key: str = ""
) -> int:
    """Write them in one transaction; how many, 0 where the batch came before. Raises BatchDiffers."""
    with transaction.atomic(), connection.cursor() as cursor:
        # a second one with the same rows waits here and then finds the first
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        batch, is_new = SampleBatch.objects.get_or_create(
            key=key,
            idempotency_key=idempotency_key,
            **({} if key else {"digest": checked.digest}),
            defaults={
                "digest": checked.digest,
                "name": name[:255],
                "samples": checked.count,
                "first_at": checked.first_at,
                "last_at": checked.last_at,
            },
        )
        if batch.digest != checked.digest:
            raise BatchDiffers(f"was used before for other samples, on {batch.created_at:%Y-%m-%d %H:%M} UTC")
        if not is_new:
            return 0
        ensure_sample_days(checked.days)
        copy_lines(checked.blocks())
    return checked.count
