"""Errors that are over after a moment: no database, no connection left, no space on the disk."""

import errno
from typing import Final

import psycopg
from django import db

RETRY_AFTER_S: Final = 5
DATABASE: Final = (db.OperationalError, db.InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_outage(error: BaseException | None) -> bool:
    """Whether the error, or what it came from, is one: the same request may succeed in a moment."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, DATABASE) or (isinstance(error, OSError) and error.errno in NO_SPACE):
            return True
        error = error.__cause__ or error.__context__
    return False
