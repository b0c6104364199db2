"""Asks `/health` all the time and PostgreSQL itself beside it: a lie is an answer that the database contradicts."""

import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import Final

import psycopg

from lumenboard.embedded.layout import Layout
from tests.proof.crowd.journal import Journal
from tests.proof.crowd.kills import postgres_answers

LOOK_EVERY_S: Final = 0.5
IDLE_LONGER_THAN_S: Final = 5
STUCK = """
SELECT pid, state, now() - state_change AS since, left(query, 80) FROM pg_stat_activity
WHERE state LIKE 'idle in transaction%%' AND state_change < now() - make_interval(secs => %s)
"""


def health_of(port: int) -> int:
    """The status, 0 where nobody answers."""
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", "/health")
        return line.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        line.close()


def watch_health(layout: Layout, port: int, journal: Journal, stop: threading.Event) -> None:
    """Compared only where the database was the same before and after; silence is no lie, it is counted elsewhere."""
    while not stop.wait(LOOK_EVERY_S):
        before = postgres_answers(layout)
        status = health_of(port)
        after = postgres_answers(layout)
        journal.attempt("health looks")
        if before == after and status and (status == 200) != before:
            journal.lies.append(f"/health said {status} while PostgreSQL {'answered' if before else 'was away'}")


def stuck_sessions(layout: Layout) -> list[str]:
    """Sessions that have been left in a transaction."""
    time.sleep(IDLE_LONGER_THAN_S + 1)
    with psycopg.connect(layout.database_url) as connection:
        return [str(row) for row in connection.execute(STUCK, [IDLE_LONGER_THAN_S])]
