"""The bulk path into request samples: rows by COPY. A call just made is inserted by dispatch, with its intent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from providers.actions.keep_sample_days import ensure_sample_days

CHUNK_SAMPLES: Final = 20_000


class NewSample(NamedTuple):
    """A row to be; the fields are those of RequestSample, in the order they are copied."""

    endpoint_id: int
    started_at: datetime
    total_ms: int
    ttfb_ms: int | None
    status: str
    mode: str
    source: str
    simulated: bool
    http_status: int | None = None
    cost_usd: Decimal | None = None
    megapixels: Decimal | None = None
    attempt: int = 1
    request_id: UUID | None = None
    images: int = 1


def record_samples(samples: Iterable[NewSample]) -> int:
    """Write all or none, in chunks, making the days they need; how many. Raises IntegrityError on a row that lies."""
    written = 0
    with transaction.atomic():
        for chunk in _chunks(samples):
            ensure_sample_days({sample.started_at.astimezone(UTC).date() for sample in chunk})
            _copy(chunk)
            written += len(chunk)
    return written


def _chunks(samples: Iterable[NewSample]) -> Iterator[list[NewSample]]:
    rows = iter(samples)
    while chunk := list(islice(rows, CHUNK_SAMPLES)):
        yield chunk


def _copy(chunk: list[NewSample]) -> None:
    """Cells hold numbers, times and fixed words only, so nothing needs escaping."""
    lines = "\n".join(["\t".join(["\\N" if cell is None else str(cell) for cell in row]) for row in chunk])
    target = f"providers_requestsample ({', '.join(NewSample._fields)})"
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN") as copy,
    ):
        copy.write(lines + "\n")
