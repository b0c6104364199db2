"""One person's own board: few votes, so the ratings are shrunk, and must be labelled so. Not for public boards."""

from __future__ import annotations

from dataclasses import dataclass

from arena.rating.bradley_terry import fit_every_model
from arena.rating.scale import PUBLISHED_DECIMALS, to_elo
from arena.rating.tallies import Record, Tallies

PHANTOM_BATTLES = 2.0


@dataclass(frozen=True)
class PersonalRow:
    """A shrunk rating on the Elo scale, to two decimals, and the votes behind it."""

    model: str
    rating: float
    record: Record


def personal_board(tallies: Tallies) -> tuple[PersonalRow, ...]:
    """Highest first, equals by slug, models without a battle left out: Bradley–Terry in which every model also plays
    two battles, one won and one lost, against an average one. They hold separate groups together as well."""
    fit = fit_every_model(tallies, PHANTOM_BATTLES)
    columns = zip(fit.models, to_elo(fit.strengths).tolist(), tallies.records, strict=True)
    rows = [PersonalRow(model, round(rating, PUBLISHED_DECIMALS), record) for model, rating, record in columns]
    return tuple(sorted((row for row in rows if row.record.battles), key=lambda row: (-row.rating, row.model)))
