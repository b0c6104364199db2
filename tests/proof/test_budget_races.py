"""500 calls at once at 99% of a cap: of a key, a provider or the site, of the hour or the day, over all web processes.

Providers' own charges are counted, so that it matters to nobody how the site keeps its accounts.
"""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from urllib.request import urlopen

import psycopg
import pytest

from tests.embedded.factories import becomes_true
from tests.proof.crowd.accounts import money_disagreements, open_work
from tests.proof.gateway_stack import Gateway
from tests.proof.money.burst import burst
from tests.proof.money.world import make_world

CALLS = int(os.environ.get("RACE_CALLS", "500"))
RACES = [(scope, period) for scope in ("key", "provider", "site") for period in ("hour", "day")]
NAMES = [f"{scope}-{period}" for scope, period in RACES]
CAP = Decimal(1)
PRICE = Decimal("0.003")
# 99% of the cap are spent by one call; three more fit, and a fourth would be over.
DEAR = CAP * 99 / 100
FIT = 3
SET_CAP = """
INSERT INTO providers_budgetcap (scope, subject, usd_per_day, usd_per_hour, is_paused)
VALUES (%(scope)s, %(subject)s, %(day)s, %(hour)s, false)
ON CONFLICT (scope, subject) DO UPDATE SET usd_per_day = excluded.usd_per_day, usd_per_hour = excluded.usd_per_hour
"""
SPENT = """
SELECT coalesce(max(spent_usd + reserved_usd), 0) FROM providers_budgetwindow
WHERE scope = 'site' AND period = %s AND starts_at = date_trunc(%s, now(), 'UTC')
"""
PUBLIC_ID = "SELECT public_id FROM providers_apikey WHERE name = %s"


@pytest.fixture(scope="module")
def keys(gateway: Gateway) -> Iterator[dict[str, str]]:
    """A key, a provider, a dear and a cheap model for each race; what is not raced for has plenty."""
    models = {f"dear-{name}": (name, DEAR) for name in NAMES} | {f"cheap-{name}": (name, PRICE) for name in NAMES}
    # the fixture's site has 1,000 USD
    yield make_world(gateway, models, dict.fromkeys(NAMES, Decimal(900)))
    assert becomes_true(lambda: open_work(gateway.stack.layout) == 0, 60)
    assert money_disagreements(gateway.stack.layout) == []


@pytest.mark.parametrize(("scope", "period"), RACES)
def test_five_hundred_at_once_spend_not_a_cent_more(
    gateway: Gateway, keys: dict[str, str], scope: str, period: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, port = f"{scope}-{period}", gateway.stack.port
    not_at_the_end_of_an_hour()
    taken = scalar(gateway, SPENT, period, period) if scope == "site" else Decimal(0)
    set_cap(gateway, scope, name, period, taken + CAP)
    key = keys[name]
    dear, cheap = ({"model": f"{kind}-{name}", "prompt": "[simulate slow=0.2] boat"} for kind in ("dear", "cheap"))
    try:
        assert becomes_true(lambda: burst(port, key, dear, 1) == {"200": 1}, 30)
        assert burst(port, key, dear, 1)["200"] == 0, "the cap is not in force"
        began = time.monotonic()
        answers = burst(port, key, cheap, CALLS)
        took_s = time.monotonic() - began
        # what is left of the cap may be spent, whichever process is asked
        later = sum(burst(port, key, cheap, 1)["200"] for _ in range(8))
    finally:
        if scope == "site":
            set_cap(gateway, "site", name, "day", Decimal(1000))
    charged = charges(gateway, f"cheap-{name}")
    over = max(Decimal(0), DEAR * charges(gateway, f"dear-{name}") + PRICE * charged - CAP)
    with capsys.disabled():
        print(f"\n{name}: {CALLS} at once in {took_s:.1f} s: {dict(answers)}; {over} USD over the cap")
    assert over == 0
    assert charged == answers["200"] + later == FIT
    assert sum(answers.values()) == CALLS
    assert {status[:3] for status in answers} <= {"200", "402", "502", "503"}


def set_cap(gateway: Gateway, scope: str, name: str, period: str, usd: Decimal) -> None:
    """Of the period alone: the other one has plenty."""
    subject = {"key": lambda: scalar(gateway, PUBLIC_ID, name), "provider": lambda: name, "site": lambda: ""}[scope]()
    amounts = {"day": usd, "hour": None} if period == "day" else {"day": Decimal(1000), "hour": usd}
    with psycopg.connect(gateway.stack.layout.database_url) as connection:
        connection.execute(SET_CAP, {"scope": scope, "subject": subject, **amounts})


def scalar(gateway: Gateway, query: str, *parameters: object):
    with psycopg.connect(gateway.stack.layout.database_url) as connection:
        return connection.execute(query, parameters).fetchone()[0]


def charges(gateway: Gateway, model: str) -> int:
    with urlopen(f"{gateway.simulator}/ledger?model={model}", timeout=60) as answer:
        return len(json.load(answer)["charges"])


def not_at_the_end_of_an_hour() -> None:
    """A race over two hours would be within the caps of both."""
    left_s = 3600 - datetime.now(UTC).timestamp() % 3600
    if left_s < 45:
        time.sleep(left_s + 1)
