"""The adapter that docs/providers.md shows does what it says."""

import re
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.wire import Adapter, Failed, Finished, Link, ProviderAnswer
from tests.adapters.orders import ACCOUNT, answer, order

PAGE = Path(__file__).resolve().parents[2] / "docs/providers.md"


def easel() -> Adapter:
    found = re.search(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(compile(found[1], str(PAGE), "exec"), names)
    adapter: Adapter = names["Easel"]()
    return adapter


def test_it_orders_a_picture_and_reads_the_answer() -> None:
    adapter = easel()
    request = adapter.submit(order("brush", parameters={"grain": 2}), ACCOUNT, 30.0)
    assert request.url == "http://127.0.0.1:9/x/draw/brush"
    assert request.content == b'{"text": "a paper boat", "grain": 2, "w": 1280, "h": 720}'
    drawn = adapter.read_submit(answer({"picture": "https://h/1.png"}), order(), ACCOUNT)
    assert drawn == Finished(images=(Link("https://h/1.png"),))
    refused = adapter.read_submit(answer({"problem": "no <b>paint</b>"}, 429), order(), ACCOUNT)
    assert isinstance(refused, Failed)
    assert (refused.kind, refused.message) == ("rate_limit", "no paint")


@given(st.integers(200, 599), st.binary(max_size=40))
def test_any_answer_is_an_outcome(status: int, body: bytes) -> None:
    outcome = easel().read_submit(ProviderAnswer(status=status, body=body), order(), ACCOUNT)
    assert isinstance(outcome, Failed)
