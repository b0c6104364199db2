"""Web server and worker killed at random while requests wait to be answered later: one end, one charge, one message."""

import json
import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.embedded.factories import becomes_true
from tests.proof.gateway_stack import ORDER, Gateway, command
from tests.proof.test_web_kills import MANY, rows

JOBS = int(os.environ.get("JOBS", "24"))
KILLS = int(os.environ.get("JOB_KILLS", "6"))
ENDED_WITHIN_S, TOLD_WITHIN_S = 240.0, 90.0
ENDS = {"completed", "failed"}


@dataclass
class Hook:
    """Takes messages, by the request they tell of; the very first is refused, so that it comes again."""

    url: str = ""
    told: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))


@pytest.fixture(scope="module", autouse=True)
def hook() -> Iterator[Hook]:
    heard = Hook()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_first = not heard.told
            heard.told[message["data"]["id"]].append((self.headers["webhook-id"], message["data"]["status"]))
            self.send_response(503 if is_first else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server, pytest.MonkeyPatch.context() as patch:
        # before the stack starts, which inherits it
        patch.setenv("LUMENBOARD_PRIVATE_RECEIVERS", "1")
        heard.url = f"http://127.0.0.1:{server.server_port}/done"
        threading.Thread(target=server.serve_forever).start()
        yield heard
        server.shutdown()


def ask(gateway: Gateway, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    """Status 0 where nobody answered."""
    named = {"Authorization": f"Bearer {gateway.keys['OPENAI_API_KEY']}", "Content-Type": "application/json", **headers}
    try:
        with urlopen(Request(gateway.base + path, body, named), timeout=20) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)
    except (OSError, ValueError):
        return 0, None


def taken(gateway: Gateway, number: int, hook_url: str) -> str:
    """Its id, asked for under one name until somebody answers."""
    body = json.dumps(ORDER | {"prompt": f"boat {number}", "webhook_url": hook_url}).encode()
    headers = {"Prefer": "respond-async", "Idempotency-Key": f"later-{number}"}
    time.sleep(number * 20 / JOBS)
    for _ in range(120):
        status, answer = ask(gateway, "/openai/v1/images/generations", body, **headers)
        if status == 202:
            return str(answer["id"])
        time.sleep(0.5)
    raise AssertionError((status, answer))


def ended(gateway: Gateway, public_id: str) -> Any:
    until = time.monotonic() + ENDED_WITHIN_S
    while time.monotonic() < until:
        status, answer = ask(gateway, f"/v1/requests/{public_id}")
        if status == 200 and answer["status"] not in {"queued", "processing"}:
            return answer
        time.sleep(1)
    raise AssertionError((public_id, status, answer))


def kill_at_random(gateway: Gateway, draw: random.Random) -> None:
    for number in range(KILLS):
        time.sleep(draw.uniform(2, 4))
        part = ("embedded.web_server", "--queues generations")[number % 2]
        for pid in gateway.stack.find(part):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_each_ends_once_is_charged_once_and_told_once(
    gateway: Gateway, hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    command(gateway.stack.layout, "shell", "-c", MANY)
    gateway.script(simulate="slow=3")
    with ThreadPoolExecutor(JOBS) as clients:
        killing = threading.Thread(target=kill_at_random, args=(gateway, random.Random(7)))
        killing.start()
        ids = list(clients.map(lambda number: taken(gateway, number, hook.url), range(JOBS)))
        killing.join()
        found = list(clients.map(lambda one: ended(gateway, one), ids))
    all_told = becomes_true(lambda: all(one in hook.told for one in ids), TOLD_WITHIN_S)
    states = [one["status"] for one in found]
    with capsys.disabled():
        print(f"\n{JOBS} jobs, {KILLS} kills; ends by status: {dict(Counter(one['http_status'] for one in found))}")
    assert len(set(ids)) == JOBS
    assert set(states) <= ENDS
    # one end: what it is now it stays
    assert [ended(gateway, one)["status"] for one in ids] == states
    for one in found:
        assert one["response"]["status"] == one["http_status"]
        assert (one["status"] == "completed") == bool(one["response"]["body"].get("data"))
        assert one["http_status"] in {200, 500, 503}, one
    assert all_told, [one for one in ids if one not in hook.told]
    assert max(len(each) for each in hook.told.values()) > 1
    assert {one: len({message for message, _ in hook.told[one]}) for one in ids} == dict.fromkeys(ids, 1)
    assert [{status for _, status in hook.told[one]} for one in ids] == [{state} for state in states]
    assert charged_twice(gateway) == []
    request_of = dict(rows(gateway, "SELECT uuid::text, request_id FROM providers_intent WHERE cost_usd > 0"))
    charged = Counter(request_of.get(charge["intent"]) for charge in gateway.charges())
    assert None not in charged, "a charge of the provider is missing in the account"
    assert not charged or max(charged.values()) == 1


def charged_twice(gateway: Gateway) -> list[tuple[object, ...]]:
    query = "SELECT request_id FROM providers_intent WHERE cost_usd > 0 GROUP BY 1 HAVING count(*) > 1"
    return rows(gateway, query)
