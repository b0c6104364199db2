"""Django's connections belong to threads; whatever a request did to one, the next request must not inherit it."""

import logging

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

LOG = logging.getLogger(__name__)


def settle_connections() -> None:
    """After each request, in its thread: a connection that is broken or left in a transaction is dropped whole.

    Django itself would keep it: it closes nothing within an atomic block, even one that nobody will ever leave.
    """
    for connection in connections.all(initialized_only=True):
        if not _is_at_rest(connection):
            LOG.warning("a request left its connection in a transaction or broken; it is closed")
            _drop(connection)


def _is_at_rest(connection: BaseDatabaseWrapper) -> bool:
    if connection.in_atomic_block or connection.savepoint_ids or not connection.autocommit:
        # A connection never opened does not know yet that it commits by itself.
        return connection.connection is None and not connection.in_atomic_block
    raw = connection.connection
    return raw is None or (not raw.closed and raw.info.transaction_status == TransactionStatus.IDLE)


def _drop(connection: BaseDatabaseWrapper) -> None:
    try:
        if connection.connection is not None:
            connection.connection.close()
    finally:
        del connections[connection.alias]
