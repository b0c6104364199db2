"""Keeps the sweep of images and the storing of them apart; held in PostgreSQL until the transaction ends."""

from typing import Final

from django.db import connection

KEY: Final = 0x1A6E5
"""Any number that no other advisory lock uses."""


def keep_sweep_out() -> None:
    """Shared: any number of transactions store images at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [KEY])


def keep_stores_out() -> bool:
    """Exclusive, and False at once where an image is being stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [KEY])
        return bool(cursor.fetchone()[0])
