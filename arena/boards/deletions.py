"""The fit of a headline board without each of its competitions, as its snapshot keeps it, and read for a few models.

A row for each fitted model, in their order: for each competition by how much it moves the strength about the mean
(float64, log odds), then for each whether it has battles of the model (a byte), then whether the model is cut off.
"""

from collections.abc import Collection, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np
from django.db import connection

from arena.rating.prompts import Deletions

ROWS: Final = """
SELECT s.id, f.slug, substring(s.deletions FROM f.place * (octet_length(s.deletions) / f.size) + 1
                         FOR octet_length(s.deletions) / f.size)
FROM arena_snapshot s CROSS JOIN LATERAL (
    SELECT slug, place::int - 1 AS place, cardinality(s.fitted_models) AS size
    FROM unnest(s.fitted_models) WITH ORDINALITY AS fitted(slug, place)
    WHERE slug = ANY(%s)
) AS f
WHERE s.id = ANY(%s) AND s.deletions IS NOT NULL
ORDER BY s.id, f.place
"""


def to_bytes(deletions: Deletions) -> bytes:
    """All rows."""
    moved = np.ascontiguousarray((deletions.without - deletions.strengths).T, dtype="<f8")
    met, cut = deletions.met.T.astype(np.uint8), deletions.cut_off.astype(np.uint8)
    return b"".join(m.tobytes() + b.tobytes() + c.tobytes() for m, b, c in zip(moved, met, cut, strict=True))


def read_deletions(snapshots: Collection[int], slugs: Collection[str]) -> dict[int, Deletions]:
    """By snapshot, of those that know them: of the fitted ones of these models, in slug order. One query.

    Strengths are 0: what a deletion moves is all that a contrast asks for.
    """
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [list(slugs), list(snapshots)])
        rows = [(snapshot, slug, bytes(row)) for snapshot, slug, row in cursor.fetchall()]
    return {
        snapshot: _deletions([(slug, row) for _, slug, row in found])
        for snapshot, found in groupby(rows, key=itemgetter(0))
    }


def _deletions(rows: Sequence[tuple[str, bytes]]) -> Deletions:
    several = (len(rows[0][1]) - 1) // 9
    moved = np.array([np.frombuffer(row, dtype="<f8", count=several) for _, row in rows]).T
    met = np.array([np.frombuffer(row, dtype=np.uint8, offset=8 * several, count=several) for _, row in rows]).T
    cut = np.array([row[-1] for _, row in rows], dtype=np.bool_)
    return Deletions(tuple(slug for slug, _ in rows), np.zeros(len(rows)), moved, met.astype(np.bool_), cut)
