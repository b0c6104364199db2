"""The web server killed with calls under way: each is settled soon, its repeat answered soon, none charged twice."""

import json
import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from tests.embedded.factories import becomes_true
from tests.proof.gateway_stack import ORDER, Gateway, command

CALLS = 46
SETTLED_WITHIN_S = 120.0
# A repeat waits ten seconds for a call that may still run; the rest is the machine's.
ANSWERED_WITHIN_S = 25.0
MANY = """
from providers.adapters.registry import ADAPTERS
from providers.models import Provider, ProviderAccount
protocols = {adapter.usual_provider: adapter.name for adapter in ADAPTERS.values()}
for provider in Provider.objects.filter(slug__in=protocols):
    ProviderAccount.objects.create(provider=provider, protocol=protocols[provider.slug], max_concurrent=100)
"""


@dataclass(frozen=True)
class Told:
    """What a client came to know; status 0 where its line was cut."""

    status: int
    code: str
    retry_after: str
    took_s: float


def ask(gateway: Gateway, number: int) -> Told:
    """A call with a name of its own."""
    body = json.dumps(ORDER | {"prompt": f"boat {number}"}).encode()
    headers = {
        "Authorization": f"Bearer {gateway.keys['OPENAI_API_KEY']}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"cut-{number}",
    }
    began = time.monotonic()
    try:
        with urlopen(
            Request(f"{gateway.base}/openai/v1/images/generations", body, headers, method="POST"), timeout=90
        ) as answer:
            answer.read()
            return Told(answer.status, "", "", time.monotonic() - began)
    except HTTPError as error:
        told = json.load(error)["error"]["code"]
        return Told(error.code, told, error.headers.get("Retry-After", ""), time.monotonic() - began)
    except OSError as fault:
        return Told(0, repr(fault), "", time.monotonic() - began)


def rows(gateway: Gateway, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(gateway.stack.layout.database_url) as link:
        return link.execute(query).fetchall()


UNKNOWN = """
SELECT r.idempotency_key FROM providers_gatewayrequest r JOIN providers_intent i ON i.request_id = r.uuid
WHERE r.idempotency_key <> '' GROUP BY 1 HAVING bool_or(i.state = 'unknown') AND NOT bool_or(i.state = 'done')
"""


def processing(gateway: Gateway) -> int:
    return len(rows(gateway, "SELECT 1 FROM providers_gatewayrequest WHERE status = 'processing'"))


def until_it_ends(gateway: Gateway, number: int, until: float) -> list[Told]:
    """As a patient client: asks again when it is told to."""
    answers = [ask(gateway, number)]
    while answers[-1].status in {0, 409, 503} and time.monotonic() < until:
        time.sleep(min(float(answers[-1].retry_after or 1), 5.0))
        answers.append(ask(gateway, number))
    return answers


def test_calls_cut_by_a_kill_are_settled_and_their_repeats_answered(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    command(gateway.stack.layout, "shell", "-c", MANY)
    gateway.script(simulate="slow=60")
    with ThreadPoolExecutor(CALLS) as clients:
        cut = [clients.submit(ask, gateway, number) for number in range(CALLS)]
        under_way = becomes_true(lambda: processing(gateway) >= CALLS, 60)
        for pid in gateway.stack.find("embedded.web_server"):
            os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
        lost = [one.result() for one in cut]
        assert under_way, lost
        assert {told.status for told in lost} == {0}
        gateway.script(simulate="slow=0")
        assert becomes_true(gateway.stack.serves, 30)
        settling = threading.Thread(target=becomes_true, args=(lambda: processing(gateway) == 0, SETTLED_WITHIN_S))
        settling.start()
        repeats = [clients.submit(until_it_ends, gateway, number, killed + SETTLED_WITHIN_S) for number in range(CALLS)]
        answers = [one.result() for one in repeats]
        settling.join()
    after_s = time.monotonic() - killed
    said = [told for each in answers for told in each if told.status]
    twice = rows(gateway, "SELECT request_id FROM providers_intent WHERE cost_usd > 0 GROUP BY 1 HAVING count(*) > 1")
    with capsys.disabled():
        last = Counter(each[-1].status for each in answers)
        longest = max(told.took_s for told in said)
        print(
            f"\n{CALLS} cut; none processing {after_s:.0f} s after; last answers {dict(last)}; longest {longest:.1f} s"
        )
    assert processing(gateway) == 0
    assert after_s < SETTLED_WITHIN_S + ANSWERED_WITHIN_S
    assert max(told.took_s for told in said) < ANSWERED_WITHIN_S
    refused = {f"cut-{number}" for number, each in enumerate(answers) if each[-1].status != 200}
    assert {each[-1].status for each in answers} <= {200, 500}
    # a picture that was stored is given; only of what nobody knows the repeat is told so
    assert refused == {key for (key,) in rows(gateway, UNKNOWN)}
    assert all(told.retry_after for told in said if told.status in {409, 503})
    assert twice == []
