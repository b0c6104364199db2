"""Verdicts of a dataset: what was decided on each board, and whether a restored site decides the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models.fields.json import KT

from arena.boards.verdicts import METHOD, TOO_LARGE, VERSION, variant
from arena.exchange import dataset_files as form
from arena.models import SequentialState, Verdict

VERDICTS: Final = "verdicts.ndjson"
Key = tuple[str, str, str]


def verdict_rows() -> Iterator[dict[str, Any]]:
    """A line for each board that was judged, with its decisions up to vote `judged` in the order they were made."""
    states = SequentialState.objects.filter(method=METHOD, variant=variant(), version=VERSION).order_by("board_id")
    columns = ("board__key", KT("state__judged"), KT("state__withheld"))
    for key, judged, withheld in states.values_list(*columns):
        yield {
            "board": key,
            "version": VERSION,
            "margin": settings.VERDICT_MARGIN,
            "judged": int(judged),
            "withheld": TOO_LARGE if withheld else "",
            "decisions": _decisions(key),
        }


def other_verdicts(root: Path) -> set[Key]:
    """Boards, as method and variant name them, that decide otherwise about the votes that were judged.

    None where the dataset has no verdicts, or those of another margin or version.
    """
    if not (root / VERDICTS).exists():
        return set()
    lines = (row for row in form.read_lines(root / VERDICTS) if not row["withheld"])
    comparable = (row for row in lines if (row["version"], row["margin"]) == (VERSION, settings.VERDICT_MARGIN))
    return {
        (row["board"], METHOD, variant())
        for row in comparable
        if row["decisions"] != [each for each in _decisions(row["board"]) if each["number"] <= row["judged"]]
    }


def _decisions(key: str) -> list[dict[str, Any]]:
    rows = Verdict.objects.filter(board__key=key).order_by("number", "kind", "first__slug", "second__slug")
    names = {"kind": "kind", "first": "first__slug", "second": "second__slug", "number": "number"}
    found = rows.values_list(*names.values(), "decided_at")
    return [
        {**dict(zip(names, row, strict=False)), "decided_at": row[-1].isoformat() if row[-1] else None} for row in found
    ]
