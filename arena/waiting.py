"""How much waits for an operator. Read side, one query."""

from dataclasses import dataclass
from typing import Final

from django.db import connection


@dataclass(frozen=True)
class Waiting:
    """Open flags, unsettled reports, new suggestions."""

    flags: int
    reports: int
    suggestions: int


WAITING: Final = """
SELECT (SELECT count(*) FROM arena_voteflag WHERE status = 'open'),
       (SELECT count(*) FROM arena_pairreport WHERE settled_at IS NULL),
       (SELECT count(*) FROM arena_promptsuggestion WHERE status = 'new')
"""


def read_waiting() -> Waiting:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return Waiting(*cursor.fetchone())
