"""A site written out and taken in again, and what is compared."""

import json
from io import StringIO
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from arena.exchange.dataset_files import note_of
from arena.models import Entry, Standing, Vote
from arena.rating.board import FIGURES


def published() -> list[tuple[object, ...]]:
    columns = ("snapshot__board__key", "snapshot__method", "snapshot__variant", "snapshot__digest", "model__slug")
    rows = Standing.objects.filter(snapshot__is_current=True).values_list(*columns, *FIGURES)
    return sorted(rows, key=lambda row: [str(cell) for cell in row])


def entry_rows() -> list[tuple[object, ...]]:
    return list(Entry.objects.order_by("id").values_list("public_id", "wins", "seed", "cost_usd", "created_at"))


VOTE = ("number", "criterion", "outcome", "is_counted", "battle__public_id", "battle__left_model__slug")


def vote_rows() -> list[tuple[object, ...]]:
    return list(Vote.objects.order_by("number").values_list(*VOTE))


def empty_the_site() -> None:
    tables = [model._meta.db_table for model in (*row_models(),)]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")


def row_models():
    managed = [model for app in ("arena", "providers") for model in apps.get_app_config(app).get_models()]
    return [model for model in managed if model._meta.managed]


def export(directory: Path) -> Path:
    call_command("export_dataset", str(directory), licence="CC-BY-4.0", stdout=StringIO(), stderr=StringIO())
    return directory


def restore(directory: Path) -> str:
    out = StringIO()
    call_command("import_dataset", str(directory), stdout=out, stderr=StringIO())
    return out.getvalue()


def rewritten(root: Path, name: str, text: str) -> None:
    """A file of the dataset changed, and its note in the manifest with it."""
    (root / name).write_text(text)
    manifest = json.loads((root / "manifest.json").read_text())
    changed = note_of(root, root / name)
    manifest["files"] = [note if note["path"] != changed.path else vars(changed) for note in manifest["files"]]
    (root / "manifest.json").write_text(json.dumps(manifest))
