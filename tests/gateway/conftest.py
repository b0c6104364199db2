"""The database fixture of dispatch: the gateway has connections of its own, so nothing can be rolled back."""

from collections.abc import Iterator

import pytest
from django.db import connection

from tests.dispatch import conftest as dispatch


@pytest.fixture
def shared_database(db: None) -> Iterator[None]:
    """Rows that other connections see, taken away afterwards."""
    made = dispatch.shared_database.__wrapped__(db)
    next(made)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM providers_requestmessage; DELETE FROM providers_requestinput")
            cursor.execute("DELETE FROM providers_gatewayrequest; DELETE FROM providers_apikey")
            cursor.execute("DELETE FROM providers_receiver")
        next(made, None)
