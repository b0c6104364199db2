"""The files of votes a site has taken in, as rows of a dataset: what they are known by and where their names went.

Without them a growing file would be a new one on the restored site, and all of its votes would count twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.utils.dateparse import parse_datetime

from arena.exchange import dataset_files
from arena.exchange.restore_rows import Restored
from arena.models import Vote, VoteImport
from providers.models import ImageModel

OWN: Final = ("file_name", "mode", "competition_column", "title", "rows", "digest", "competition_ids")
# an import's votes have numbers in a row, but where others voted meanwhile
RANGES: Final = """
SELECT vote_import_id, min(number), max(number) FROM (
    SELECT vote_import_id, number,
           row_number() OVER (ORDER BY number) - row_number() OVER (PARTITION BY vote_import_id ORDER BY number) AS run
    FROM arena_vote
) AS listed
WHERE vote_import_id IS NOT NULL GROUP BY vote_import_id, run ORDER BY 1, 2
"""


def import_rows() -> Iterator[dict[str, Any]]:
    """`votes` are runs of vote numbers, first and last."""
    slugs = dict(ImageModel.objects.values_list("id", "slug"))
    votes: dict[int, list[list[int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(RANGES)
        for vote_import, first, last in cursor.fetchall():
            votes.setdefault(vote_import, []).append([first, last])
    for row in VoteImport.objects.order_by("id"):
        models = {name: slugs[model] for name, model in row.model_ids.items() if model in slugs}
        yield {
            "id": row.pk,
            "continues": row.continues_id,
            **{name: getattr(row, name) for name in OWN},
            "models": models,
            "created_at": row.created_at.isoformat(),
            "votes": votes.get(row.pk, []),
        }


def restore_imports(root: Path, restored: Restored) -> None:
    """In the caller's transaction, after the votes. The first format has none."""
    if not (root / dataset_files.IMPORTS).exists():
        return
    restored_imports: dict[int, VoteImport] = {}
    for row in dataset_files.read_lines(root / dataset_files.IMPORTS):
        # models that are no longer there are left out
        models = {name: restored.models[slug] for name, slug in row["models"].items() if slug in restored.models}
        vote_import = VoteImport.objects.create(**{name: row[name] for name in OWN}, model_ids=models)
        VoteImport.objects.filter(pk=vote_import.pk).update(created_at=parse_datetime(row["created_at"]))
        restored_imports[row["id"]] = vote_import
        for first, last in row["votes"]:
            Vote.objects.filter(number__range=(first, last)).update(vote_import=vote_import)
    for row in dataset_files.read_lines(root / dataset_files.IMPORTS):
        if row["continues"] in restored_imports:
            VoteImport.objects.filter(pk=restored_imports[row["id"]].pk).update(
                continues=restored_imports[row["continues"]]
            )
