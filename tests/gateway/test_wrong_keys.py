"""Many wrong keys of one network are told to wait, once in the log; right ones are never slowed."""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client as SiteClient
from django.test.utils import CaptureQueriesContext

from lumenboard.counters import forget_counters
from lumenboard.wrong_keys import MOST, wait_after_wrong_key
from providers.accounts.api_keys import create_api_key, revoke_api_key
from tests.gateway.client import Client, Providers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
GUESS = "Bearer lb_aaaaaaaaaaaa." + "x" * 43
HERE, BESIDE, ELSEWHERE = "192.0.2.7", "192.0.2.99", "198.51.100.1"


@pytest.fixture(autouse=True)
def _counters(settings) -> Any:
    """Nobody else's, and of this process."""
    settings.CELERY_BROKER_URL, settings.TRUSTED_PROXIES = "memory://", 1
    forget_counters()
    yield
    forget_counters()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "lumenboard.wrong_keys"]


def test_the_gateway(caplog: pytest.LogCaptureFixture) -> None:
    async def work(client: Client):
        guesses = [
            await client.call("GET", "/v1/models", authorization=guess, x_forwarded_for=HERE)
            for guess in [GUESS, "Bearer nothing"] * (MOST // 2 + 3)
        ]
        right = [await client.call("GET", "/v1/models", x_forwarded_for=host) for host in (HERE, BESIDE, ELSEWHERE)]
        beside = await client.call("GET", "/v1/models", authorization=GUESS, x_forwarded_for=BESIDE)
        elsewhere = await client.call("GET", "/v1/models", authorization=GUESS, x_forwarded_for=ELSEWHERE)
        without = await client.call("GET", "/v1/models", authorization="", x_forwarded_for=HERE)
        return guesses, right, beside, elsewhere, without

    with caplog.at_level(logging.WARNING):
        guesses, right, beside, elsewhere, without = with_gateway(Providers(), work)
    assert [one.status for one in guesses] == [401] * MOST + [429] * 6
    last = guesses[-1]
    assert (last.error["code"], last.error["type"]) == ("RATE_LIMITED", "rate_limit_error")
    assert 1 <= int(last.headers["retry-after"]) <= 60
    assert [one.status for one in right] == [200, 200, 200]
    assert (beside.status, elsewhere.status, without.status) == (429, 401, 401)
    (told,) = warnings(caplog)
    assert told.startswith("wrong API keys from 192.0.2.0/24 are answered 429 for ")


def test_the_api(caplog: pytest.LogCaptureFixture) -> None:
    gone = create_api_key("gone", scopes=["samples:write"])
    revoke_api_key(gone.row)
    right, lacking = create_api_key("right", scopes=["samples:write"]), create_api_key("lacking", scopes=["images"])

    def send(authorization: str, host: str = HERE) -> Any:
        headers = {"Authorization": authorization, "X-Forwarded-For": host}
        return SiteClient(headers=headers).post("/api/v1/samples", b"{}", content_type="application/json")

    with caplog.at_level(logging.WARNING), CaptureQueriesContext(connection) as asked:
        answers = [send(f"Bearer {gone.text}") for _ in range(MOST + 3)]
    assert [one.status_code for one in answers] == [401] * MOST + [429] * 3
    assert {query["sql"].split()[0] for query in asked.captured_queries} <= {"SELECT"}
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["detail"].startswith(f"More than {MOST} wrong API keys came from this network")
    assert send(f"Bearer {right.text}").status_code == 400  # it is let in, and names no Idempotency-Key
    assert [send(f"Bearer {lacking.text}").status_code for _ in range(3)] == [403] * 3
    assert send(GUESS, ELSEWHERE).status_code == 401
    assert len(warnings(caplog)) == 1


def test_words_that_are_no_address_share_one_count() -> None:
    waits = [wait_after_wrong_key(f"word {number}") for number in range(MOST + 1)]
    assert waits[:MOST] == [0] * MOST
    assert 1 <= waits[MOST] <= 60
