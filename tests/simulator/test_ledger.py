from decimal import Decimal

import pytest

from tests.simulator import calls
from tests.simulator.conftest import Simulator


@pytest.mark.parametrize("provider", calls.PLAINEST)
def test_a_charge_names_the_call_it_is_for(simulator: Simulator, provider: str) -> None:
    path, body, headers = calls.PLAINEST[provider]
    named = {"x-lumenboard-intent": "intent-9", "x-request-id": "request-9", **headers}
    simulator.post(path, body, "", **{name.replace("-", "_"): value for name, value in named.items()})
    (charge,) = simulator.charges(intent="intent-9")
    assert (charge["provider"], charge["prompt"], charge["request_id"]) == (provider, calls.PROMPT, "request-9")


def test_known_prices_are_exact(simulator: Simulator) -> None:
    size = {"width": 1000, "height": 1000}
    for expanded, amount in ((False, "0.005"), (True, "0.0075")):
        given = {"prompt": "x", "image_size": size, "enable_prompt_expansion": expanded}
        simulator.post(calls.FAL_RUN, given)
        assert Decimal(simulator.charges()[-1]["amount_usd"]) == Decimal(amount)
    for extended, amount in ((False, "0.015"), (True, "0.030")):
        simulator.post(calls.DASHSCOPE, calls.message(prompt_extend=extended))
        assert simulator.charges()[-1]["amount_usd"] == amount
    simulator.post(calls.IMAGES, {"model": "harbor-1", "prompt": "x"})
    assert simulator.charges()[-1]["amount_usd"] is None
    assert Decimal(simulator.get("/ledger").json()["amount_usd"]) == Decimal("0.0575")


def test_refusals_cost_nothing_unless_it_is_asked_for(simulator: Simulator) -> None:
    for simulate in ("status=500", "moderation", "fail", "billing", "error-200"):
        simulator.post(calls.IMAGES, {"prompt": simulate}, simulate)
        simulator.post(calls.IMAGES, {"prompt": f"charged {simulate}"}, f"charged,{simulate}")
    assert {charge["prompt"].split()[0] for charge in simulator.charges()} == {"charged"}
    assert len(simulator.charges()) == 5
    assert simulator.get("/ledger").json()["calls"] == [{"provider": "openai", "model": "gpt-image-1", "calls": 10}]


def test_charges_are_filtered_and_forgotten(simulator: Simulator) -> None:
    for prompt in ("one", "two", "two"):
        simulator.post(calls.IMAGES, {"prompt": prompt})
    assert [charge["number"] for charge in simulator.charges(prompt="two")] == [2, 3]
    assert [charge["number"] for charge in simulator.charges(after="2")] == [3]
    assert simulator.get("/ledger?colour=red").status_code == 400
    assert simulator.client.delete("/ledger").json() == {"forgotten": 3}
    assert simulator.charges() == []
