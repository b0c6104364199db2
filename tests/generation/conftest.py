"""A database that the ledger's own connections see, emptied table by table after each test."""

from collections.abc import Iterator

import pytest
from django.db import connections

from tests.dispatch.conftest import TOUCHED as SPENT

TOUCHED = (
    *("arena_generation", "arena_run", "arena_scheduleentrant", "arena_schedule", "arena_entry"),
    *("arena_competition", "arena_storedimage", *SPENT[:-2], "providers_slugclaim", *SPENT[-2:], "auth_user"),
)


@pytest.fixture
def committed(db: None) -> Iterator[None]:
    """A second connection beside the one that is rolled back; what it writes is committed."""
    held, fresh = connections["default"], connections.create_connection("default")
    connections["default"] = fresh
    try:
        yield
    finally:
        with fresh.cursor() as cursor:
            for table in TOUCHED:
                cursor.execute(f"DELETE FROM {table}")  # names of this file
        fresh.close()
        connections["default"] = held
