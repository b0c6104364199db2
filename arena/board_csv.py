"""Boards as CSV text: figures as they are published, names that no spreadsheet takes for a formula. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any, Final

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
# and an apostrophe itself, so that taking one away gives back every text
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def board_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line per standing, in board order."""
    return _text(BOARD_COLUMNS, rows)


def boards_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line per board."""
    return _text(BOARDS_COLUMNS, rows)


def _text(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(column, row[column]) for column in columns] for row in rows)
    return text.getvalue()


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column in DECIMALS:
        return f"{value:.{DECIMALS[column]}f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # an apostrophe makes a spreadsheet read the cell as text
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
