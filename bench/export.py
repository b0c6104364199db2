"""What leaves the site as files, beside PostgreSQL's own COPY of the same."""

from __future__ import annotations

from bench.report import Line
from bench.stores import throw_away_stores


def measure_export(*, quick: bool = False) -> list[Line]:
    """On stores of its own; Django is loaded only once they are there."""
    with throw_away_stores():
        from bench.exporting import measure_votes_out

        return measure_votes_out(50_000, 1) if quick else measure_votes_out(1_000_000, 3)
