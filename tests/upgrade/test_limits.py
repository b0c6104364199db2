"""A migration takes as long as the tables are long; the site's own statements do not."""

from typing import Any

from django.apps import apps
from django.db.models.signals import pre_migrate

from tests.upgrade.databases import migrate, rows

LIMIT = "SHOW statement_timeout"


def test_the_limit_of_a_statement_is_lifted_for_migrations_alone(db) -> None:
    before = rows(LIMIT)
    seen: list[Any] = []

    def look(**_: Any) -> None:
        seen.append(rows(LIMIT))

    pre_migrate.connect(look, sender=apps.get_app_config("arena"))
    try:
        migrate()
    finally:
        pre_migrate.disconnect(look, sender=apps.get_app_config("arena"))
    assert seen == [[("0",)]]
    assert rows(LIMIT) == before == [("1min",)]
