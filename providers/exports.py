"""Rows as files: CSV and NDJSON in one form for all of them, with names that no spreadsheet takes for a formula.

Whole tables are written by PostgreSQL itself (lumenboard/api/tables/streaming.py), by the same rules.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, Final

from django.http import HttpResponse, StreamingHttpResponse

CONTENT_TYPES: Final = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
# an apostrophe makes a spreadsheet read the cell as text; one before an apostrophe, too, so that taking one away gives
# back every text
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
# the same for a text in SQL
NEUTRAL_SQL: Final = r"""CASE WHEN {0} ~ '^[=+\-@\t\r\n'']' THEN '''' || {0} ELSE {0} END"""


def csv_text(rows: Iterable[Sequence[Any]], columns: Sequence[str] = (), decimals: Mapping[str, int] = {}) -> str:
    """With a first line of columns where these are given; `decimals` by column for figures that are published so."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    places = [decimals.get(column) for column in columns]
    for row in rows:
        writer.writerow([_cell(value, place) for value, place in zip(row, places or [None] * len(row), strict=True)])
    return text.getvalue()


def ndjson_text(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> str:
    return "".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)


def file_answer(content: str | Iterator[str] | Iterator[bytes], name: str, form: str, content_type: str = "") -> Any:
    """To be stored as `<name>.<form>`; streamed unless it is a text. Forms other than ours say what they are."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    answer = HttpResponse if isinstance(content, str) else StreamingHttpResponse
    return answer(content, content_type=content_type or CONTENT_TYPES[form], headers=headers)


def _cell(value: Any, decimals: int | None) -> str:
    """Unknown is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if decimals is not None:
        return f"{value:.{decimals}f}"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
