"""The bulk path into request samples: rows by COPY. A call just made is inserted by dispatch, with its intent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import islice
from typing import Final

from django.db import connection, transaction

from providers.telemetry.partitions import ensure_sample_days
from providers.telemetry.sample_rows import NewSample

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
