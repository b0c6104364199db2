"""What votes, imports and draws cost in PostgreSQL, beside the barest statements that could do the same."""

from __future__ import annotations

from bench.report import Line
from bench.stores import throw_away_stores


def measure_database(*, quick: bool = False) -> list[Line]:
    """On stores of its own; Django is loaded only once they are there."""
    with throw_away_stores():
        from bench.arena_world import make_competition
        from bench.drawing import measure_drawing
        from bench.importing import measure_import
        from bench.requests import measure_requests
        from bench.voting import measure_votes

        competition = make_competition()
        return [
            *measure_votes(competition, 100 if quick else 600),
            *measure_requests(competition, 100 if quick else 600),
            *measure_drawing(competition, 20 if quick else 150),
            *measure_import(5_000 if quick else 20_000, 1 if quick else 3),
        ]
