"""What a request did to its thread's connection, the next request in that thread does not inherit."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from lumenboard.serving.site import settle_connections

pytestmark = pytest.mark.django_db(transaction=True)


def in_a_thread(work: Callable[[], Any]) -> Any:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def one() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def leave_a_block_open() -> None:
    transaction.atomic().__enter__()
    one()


def leave_it_closed_in_a_block() -> None:
    transaction.atomic().__enter__()
    one()
    connection.connection.close()


def leave_a_raw_transaction() -> None:
    connection.ensure_connection()
    connection.connection.autocommit = False
    connection.connection.execute("SELECT 1")


def leave_it_cut() -> None:
    one()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None, "context": None}) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    with pytest.raises(Exception, match=r"terminat|closed"):
        one()


@pytest.mark.parametrize(
    "leave", [leave_a_block_open, leave_it_closed_in_a_block, leave_a_raw_transaction, leave_it_cut]
)
def test_a_connection_left_in_a_bad_state_is_replaced(leave: Callable[[], None]) -> None:
    def work() -> tuple[bool, int, bool]:
        leave()
        settle_connections()
        is_fresh = connection.connection is None
        return is_fresh, one(), connection.in_atomic_block

    assert in_a_thread(work) == (True, 1, False)


def test_a_connection_at_rest_is_kept() -> None:
    def work() -> bool:
        one()
        before = connection.connection
        settle_connections()
        return connection.connection is before

    assert in_a_thread(work)


def test_a_thread_without_a_connection_is_left_alone() -> None:
    in_a_thread(settle_connections)
