"""A site written out and taken in again, and what is compared."""

from io import StringIO
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from arena.models import Entry, Standing, Vote


def published() -> list[tuple[object, ...]]:
    columns = ("snapshot__board__key", "snapshot__method", "snapshot__variant", "snapshot__digest", "model__slug")
    figures = ("rating", "lower", "upper", "rank", "wins", "losses", "ties", "both_bad")
    rows = Standing.objects.filter(snapshot__is_current=True).values_list(*columns, *figures)
    return sorted(rows, key=lambda row: [str(cell) for cell in row])


def entry_rows() -> list[tuple[object, ...]]:
    return list(Entry.objects.order_by("id").values_list("public_id", "wins", "seed", "cost_usd", "created_at"))


def vote_rows() -> list[tuple[object, ...]]:
    return list(Vote.objects.order_by("number").values_list("number", "outcome", "is_counted", "battle__public_id"))


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
