"""What samples, rollups and a page of figures cost, beside bare COPY and beside percentile_cont on the same rows."""

from __future__ import annotations

from bench.report import Line
from bench.stores import throw_away_stores

FEW, MANY, PRETENDED = 100_000, 10_000_000, 100_000_000


def measure_telemetry(*, quick: bool = False) -> list[Line]:
    """On stores of its own; Django is loaded only once they are there. Quick takes a hundredth of the samples."""
    with throw_away_stores():
        from bench.telemetry_ingest import measure_ingest
        from bench.telemetry_pages import measure_pages

        part = 100 if quick else 1
        return [
            *measure_ingest(2_000 if quick else 50_000, 1 if quick else 5),
            *measure_pages(FEW // part, MANY // part, PRETENDED // part, 3 if quick else 15),
        ]
