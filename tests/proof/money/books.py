"""What providers charged and clients were told, beside what the database says, once everything has settled."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg

from lumenboard.embedded.layout import Layout
from tests.proof.crowd.accounts import money_disagreements

INTENTS = """
SELECT intent.uuid::text, intent.state, intent.cost_usd, intent.endpoint_key, coalesce(key.name, ''),
    coalesce('req_' || replace(intent.request_id::text, '-', ''), '')
FROM providers_intent AS intent
LEFT JOIN providers_gatewayrequest AS request ON request.uuid = intent.request_id
LEFT JOIN providers_apikey AS key ON key.id = request.key_id
"""
COMPLETED = "SELECT 'req_' || replace(uuid::text, '-', '') FROM providers_gatewayrequest WHERE status = 'completed'"
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Row:
    """An intent; `cost_usd` is None while it is open."""

    state: str
    cost_usd: Decimal | None
    endpoint: str
    key: str
    request: str


@dataclass
class Books:
    """Every list is empty where all is well; `charged_usd` is what providers took, by key and by provider."""

    charged_twice: list[str] = field(default_factory=list)
    not_counted: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)
    charged_usd: Counter[str] = field(default_factory=Counter)
    counted_usd: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    answers_unknown: int = 0

    def overspent(self, caps: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """By how much more than its cap was charged, or counted, of those where it was more."""
        most = {name: max(self.charged_usd[name], self.counted_usd[name], NOTHING) for name in caps}
        return {name: most[name] - cap for name, cap in caps.items() if most[name] > cap}

    @property
    def faults(self) -> list[str]:
        return [*self.charged_twice, *self.not_counted, *self.lost, *self.windows]


def balance(
    layout: Layout, charges: list[dict[str, Any]], acknowledged: set[str], price: Mapping[str, Decimal]
) -> Books:
    """`acknowledged`: ids of requests that were answered with a picture; `price`: of a picture, by provider's model."""
    books, rows = Books(windows=money_disagreements(layout)), _intents(layout)
    for intent, times in Counter(charge["intent"] for charge in charges).items():
        if times > 1:
            books.charged_twice.append(f"intent {intent} was charged {times} times")
    for charge in charges:
        row, usd = rows.get(charge["intent"]), price[charge["model"]]
        if row is None or row.cost_usd is None or row.cost_usd < usd:
            books.not_counted.append(f"charge {charge['intent']}: {row}")
        if row is not None:
            books.charged_usd.update({f"key {row.key}": usd, f"provider {_provider(row)}": usd, "site": usd})
    for row in rows.values():
        cost = row.cost_usd or NOTHING
        books.states[row.state] += 1
        books.counted_usd.update({f"key {row.key}": cost, f"provider {_provider(row)}": cost, "site": cost})
    _check_answers(layout, books, rows, acknowledged)
    return books


def _check_answers(layout: Layout, books: Books, rows: Mapping[str, Row], acknowledged: set[str]) -> None:
    """On record with its one picture; or its call of unknown fate, and its money counted as spent."""
    completed = {request for (request,) in _query(layout, COMPLETED)}
    ends: dict[str, list[Row]] = {}
    for row in rows.values():
        ends.setdefault(row.request, []).append(row)
    for request in acknowledged:
        states = Counter(row.state for row in ends.get(request, []) if row.cost_usd)
        if request in completed and states["done"] == 1:
            continue
        if states["unknown"] == 1 and not states["done"]:
            books.answers_unknown += 1
        else:
            books.lost.append(f"request {request} was answered: {ends.get(request)}")


def _intents(layout: Layout) -> dict[str, Row]:
    return {uuid: Row(*rest) for uuid, *rest in _query(layout, INTENTS)}


def _provider(row: Row) -> str:
    return row.endpoint.partition("/")[0]


def _query(layout: Layout, text: str) -> list[Any]:
    with psycopg.connect(layout.database_url) as connection:
        return connection.execute(text).fetchall()
