"""Samples in: by the COPY path and as batches over HTTP, beside COPY of the same rows into a table without anything."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import orjson
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.report import Line, shown_ratio
from bench.telemetry_world import make_model
from bench.timing import Taken, take_turns, timed
from providers.accounts.api_keys import create_api_key
from providers.models import Endpoint
from providers.telemetry.import_samples import record_samples
from providers.telemetry.sample_rows import NewSample

BATCH = 5_000


def measure_ingest(samples: int, rounds: int) -> list[Line]:
    """Rows per second of each way, and how many times as long as bare COPY it takes."""
    endpoint = Endpoint.objects.get(pk=make_model("ingested")[0])
    rows = _rows(endpoint, samples)
    lines = "\n".join(row.line() for row in rows) + "\n"
    bodies = _bodies(endpoint, rows)
    key, words = create_api_key("bench", scopes=["samples:write"]).text, count()
    _make_bare_table()
    taken = take_turns(
        {
            "bare": timed(lambda: _copy(lines)),
            "path": timed(lambda: record_samples(rows)),
            "http": timed(lambda: _post(bodies, key, words)),
        },
        rounds,
    )
    named = {"path": "samples by the COPY path", "http": f"samples over HTTP, {BATCH:,} a batch, all checked"}
    return [_line(f"{what} : bare COPY", samples, taken[way], taken["bare"]) for way, what in named.items()]


def _line(what: str, samples: int, ours: Taken, bare: Taken) -> Line:
    figure = f"{samples / ours.median:,.0f}/s : {samples / bare.median:,.0f}/s"
    return Line(f"{what} ({shown_ratio(ours.median / bare.median)} as long)", figure, ours.median / bare.median)


def _rows(endpoint: Endpoint, samples: int) -> list[NewSample]:
    now = timezone.now()
    return [
        NewSample(
            endpoint_id=endpoint.pk,
            started_at=now - timedelta(seconds=samples - number),
            total_ms=2000 + number % 700,
            ttfb_ms=1800 + number % 700,
            status="ok",
            mode="text-to-image",
            source="import",
            simulated=False,
        )
        for number in range(samples)
    ]


def _bodies(endpoint: Endpoint, rows: list[NewSample]) -> list[bytes]:
    told: list[dict[str, Any]] = [
        {
            "endpoint": endpoint.key,
            "mode": row.mode,
            "started_at": row.started_at.isoformat(),
            "ttfb_ms": row.ttfb_ms,
            "total_ms": row.total_ms,
            "status": row.status,
            "cost_usd": None,
        }
        for row in rows
    ]
    return [orjson.dumps({"samples": told[start : start + BATCH]}) for start in range(0, len(told), BATCH)]


def _post(bodies: list[bytes], key: str, words: Any) -> None:
    client = Client(headers={"Authorization": f"Bearer {key}", "Host": "127.0.0.1"})
    for body in bodies:
        headers = {"Idempotency-Key": f"bench-{next(words)}"}
        answer = client.post("/api/v1/samples", body, content_type="application/json", headers=headers)
        if answer.status_code != 201:
            raise RuntimeError(f"a batch was refused: {answer.content[:300]!r}")


def _make_bare_table() -> None:
    columns = ", ".join(NewSample._fields)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare_sample AS SELECT {columns} FROM providers_requestsample WITH NO DATA")  # noqa: S608


def _copy(lines: str) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY bare_sample FROM STDIN") as copy:
        copy.write(lines)
