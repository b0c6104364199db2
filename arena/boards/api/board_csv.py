"""Boards as CSV text: figures as they are published. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from providers.exports import csv_text

BOARD_COLUMNS: Final = (
    "model",
    "slug",
    "creator",
    "family",
    "rating",
    "lower",
    "upper",
    "rank",
    "rank_best",
    "rank_worst",
    "wins",
    "losses",
    "ties",
    "both_bad",
    "battles",
    "win_rate",
    "comparable",
    "mean_opponent",
    "expected_wins",
)
BOARDS_COLUMNS: Final = ("id", "kind", "title", "mode", "votes", "ranked_models", "computed_at")
DECIMALS: Final = {"rating": 2, "lower": 2, "upper": 2, "win_rate": 1, "mean_opponent": 2, "expected_wins": 2}


def board_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line per standing, in board order."""
    return csv_text(([row[column] for column in BOARD_COLUMNS] for row in rows), BOARD_COLUMNS, DECIMALS)


def boards_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line per board."""
    return csv_text(([row[column] for column in BOARDS_COLUMNS] for row in rows), BOARDS_COLUMNS)
