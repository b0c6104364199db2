"""A row deleted by statement takes nothing with it: whoever writes DELETE names every table that points at the row."""

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]
DELETED = re.compile(r"DELETE FROM (\w+)")
POINTING = {
    model._meta.db_table: sorted(
        {
            relation.related_model._meta.db_table
            for relation in model._meta.related_objects
            if getattr(relation.field, "db_constraint", False) and relation.related_model is not model
        }
    )
    for model in apps.get_models(include_auto_created=True)
}
CASES = sorted(
    (path, table)
    for app in ("arena", "providers", "lumenboard")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
    for table in set(DELETED.findall(path.read_text()))
    if POINTING.get(table)
)


def test_deletions_are_found() -> None:
    assert {path.name for path, _ in CASES} >= {"change_competitions.py", "sweep_battles.py", "snapshots.py"}


@pytest.mark.parametrize(("path", "table"), CASES, ids=lambda value: getattr(value, "name", value))
def test_every_table_that_points_at_a_deleted_row_is_thought_of(path: Path, table: str) -> None:
    text = path.read_text()
    forgotten = [name for name in POINTING[table] if name not in text]
    assert not forgotten, f"rows of {table} are deleted while {', '.join(forgotten)} may point at them"
