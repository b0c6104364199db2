"""What was promised beside what is in the database, once the crowd has gone home."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from lumenboard.embedded.layout import Layout
from tests.proof.crowd.journal import Promises

VOTES = """
SELECT number, public_id::text, is_counted FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id
WHERE number > %s
"""
COUNTED_TWICE = "SELECT battle_id FROM arena_vote WHERE is_counted GROUP BY battle_id HAVING count(*) > 1"
REQUESTS = """
SELECT 'req_' || replace(request_id::text, '-', ''),
    (SELECT status FROM providers_gatewayrequest AS request WHERE uuid = request_id),
    count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'unknown' AND cost_usd = reserved_usd)
FROM providers_intent WHERE request_id IS NOT NULL GROUP BY request_id
"""
SAMPLES = "SELECT request_id::text, count(*) FROM providers_requestsample WHERE source = 'import' GROUP BY 1"
OPEN_INTENTS = "SELECT count(*) FROM providers_intent WHERE state NOT IN ('done', 'failed', 'unknown')"
PROCESSING = "SELECT count(*) FROM providers_gatewayrequest WHERE status = 'processing'"
SPENT = "SELECT coalesce(sum(cost_usd), 0) FROM providers_intent"
SITE_WINDOWS = """
SELECT coalesce(sum(spent_usd), 0), coalesce(sum(reserved_usd), 0) FROM providers_budgetwindow
WHERE scope = 'site' AND period = 'day'
"""


@dataclass(frozen=True)
class Books:
    """Each list is empty where all is well."""

    lost: list[str]
    doubled: list[str]


def first_number(layout: Layout) -> int:
    """The newest vote before the crowd came."""
    return int(_rows(layout, "SELECT coalesce(max(number), 0) FROM arena_vote")[0][0])


def open_work(layout: Layout) -> int:
    """Paid calls and requests that have not ended yet."""
    return sum(int(_rows(layout, query)[0][0]) for query in (OPEN_INTENTS, PROCESSING))


def compare(layout: Layout, promises: Promises, before: int, charges: list[dict[str, Any]]) -> Books:
    """Votes, answered gateway requests, reported samples and money."""
    lost: list[str] = []
    doubled: list[str] = []
    stored = {number: (battle, counts) for number, battle, counts in _rows(layout, VOTES, [before])}
    for number, battle in promises.votes.items():
        if stored.get(number) != (battle, True):
            lost.append(f"vote {number} of battle {battle}: {stored.get(number)}")
    doubled += [f"battle {battle} counts twice" for (battle,) in _rows(layout, COUNTED_TWICE)]
    requests = {request: found for request, *found in _rows(layout, REQUESTS)}
    for request in promises.requests:
        status, done, unknown = requests.get(request, ("missing", 0, 0))
        is_on_record = status == "completed" and done == 1
        # An answer without a name may go out before its end is written: then it counts as spent.
        counts = request not in promises.named and unknown == 1 and done == 0
        if not is_on_record and not counts:
            (doubled if done > 1 else lost).append(f"request {request}: {status}, {done} pictures, {unknown} unknown")
    samples: Mapping[str, int] = dict(_rows(layout, SAMPLES))
    lost += [f"sample {each}" for each in promises.samples if each not in samples]
    doubled += [f"sample {each} is there {count} times" for each, count in samples.items() if count > 1]
    per_intent = Counter(charge["intent"] for charge in charges if charge["intent"])
    doubled += [f"intent {UUID(intent)} was charged {count} times" for intent, count in per_intent.items() if count > 1]
    return Books(lost, doubled + money_disagreements(layout))


def money_disagreements(layout: Layout) -> list[str]:
    """Windows hold exactly what the calls cost, and nothing reserved."""
    spent: Decimal = _rows(layout, SPENT)[0][0]
    counted, reserved = _rows(layout, SITE_WINDOWS)[0]
    wrong = [] if counted == spent else [f"budget windows hold {counted} USD, calls cost {spent} USD"]
    return wrong + ([f"{reserved} USD are still reserved"] if reserved else [])


def _rows(layout: Layout, query: str, parameters: list[Any] | None = None) -> list[Any]:
    with psycopg.connect(layout.database_url) as connection:
        return connection.execute(query, parameters).fetchall()
