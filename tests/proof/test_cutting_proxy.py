"""A picture that takes longer than a proxy lets a connection stand: answered later, or asked for again by its name."""

import base64
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.proof.cutting_proxy import CuttingProxy, cutting_proxy
from tests.proof.gateway_stack import Gateway

JOB_S = float(os.environ.get("JOB_SECONDS", "8"))
CUT_S = float(os.environ.get("CUT_SECONDS", "2"))
# what a slow machine adds to a wait that has ended
SLACK_S = 30.0
ORDER = {"model": "gpt-image-1.5", "prompt": "a boat that takes its time", "size": "1024x1024"}
NOBODY = 0


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """Before the stack starts, which inherits it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUMENBOARD_GATEWAY_DEADLINE_S", str(round(JOB_S) + 300))
        yield


@dataclass
class Client:
    """Behind the proxy, with a connection for each call."""

    proxy: CuttingProxy
    key: str

    def ask(self, path: str, order: dict[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
        """Status NOBODY where the line was cut."""
        named = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Connection": "close"}
        body = json.dumps(order).encode() if order else None
        try:
            with urlopen(Request(self.proxy.base + path, body, named | headers), timeout=CUT_S + SLACK_S) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)
        except (OSError, ValueError):
            return NOBODY, None

    def generate(self, **headers: str) -> tuple[int, Any]:
        return self.ask("/openai/v1/images/generations", ORDER, **headers)

    def until(self, path_or_name: str, *, is_job: bool) -> tuple[list[int], Any]:
        """Every status on the way, and the answer once there is one."""
        ends_at, seen = time.monotonic() + JOB_S + SLACK_S, []
        while time.monotonic() < ends_at:
            if is_job:
                status, answer = self.ask(path_or_name)
                is_over = status == 200 and answer["status"] not in {"queued", "processing"}
            else:
                status, answer = self.generate(**{"Idempotency-Key": path_or_name})
                is_over = status not in {NOBODY, 409}
            seen.append(status)
            if is_over:
                return seen, answer
            time.sleep(min(5.0, JOB_S / 20))
        raise AssertionError((path_or_name, seen[-20:]))


def is_picture(item: dict[str, Any]) -> bool:
    return base64.b64decode(item["b64_json"]).startswith(b"\x89PNG")


def test_a_picture_comes_through_a_proxy_that_cuts_sooner(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.script(simulate=f"slow={JOB_S:g}")
    with cutting_proxy(gateway.stack.port, CUT_S) as proxy, ThreadPoolExecutor(3) as people:
        client, began = Client(proxy, gateway.keys["OPENAI_API_KEY"]), time.monotonic()
        later = {"Prefer": "respond-async", "Idempotency-Key": "later"}
        # one who waits is cut, and gets the picture by asking again under the same name
        waiting = people.submit(client.until, "waits", is_job=False)
        status, taken = client.generate(**later)
        taken_s = time.monotonic() - began
        assert (status, taken["status"]) == (202, "queued")
        again_status, again = client.generate(**later)
        assert (again_status, again["id"]) == (202, taken["id"])
        attached = people.submit(client.until, "later", is_job=False)
        asked, found = client.until(f"/v1/requests/{taken['id']}", is_job=True)
        took_s = time.monotonic() - began
        of_waiting, waited = waiting.result()
        of_attached, joined = attached.result()
    cuts, refusals = of_waiting.count(NOBODY), of_waiting.count(409)
    with capsys.disabled():
        print(
            f"\na picture of {JOB_S:g} s behind a proxy that cuts at {CUT_S:g} s: taken after {taken_s:.2f} s, "
            f"there after {took_s:.1f} s and {len(asked)} looks; one who waited was cut {cuts} times "
            f"and told 409 {refusals} times; {proxy.cut} connections cut, {proxy.whole} whole, "
            f"the longest stood {proxy.longest_s:.1f} s"
        )
    assert took_s >= JOB_S > 2 * CUT_S
    assert taken_s < CUT_S
    assert proxy.longest_s < CUT_S + SLACK_S
    assert of_waiting[0] == NOBODY, "the proxy does not cut"
    assert set(of_waiting) | set(of_attached) <= {NOBODY, 409, 200}
    assert (found["status"], found["response"]["status"]) == ("completed", 200)
    body = found["response"]["body"]
    assert is_picture(body["data"][0])
    assert is_picture(waited["data"][0])
    assert joined["data"] == body["data"]
    assert joined["metadata"]["request_id"] == taken["id"]
    # two requests, however often each was asked for
    assert len(gateway.charges()) == 2
