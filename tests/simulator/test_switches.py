from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.simulator.switches import NOTHING, PLACES, SWITCHES, BadSwitch, Switches, parse
from tests.simulator import calls
from tests.simulator.conftest import Simulator


def test_switches_are_read_per_place() -> None:
    found = parse("slow=5, file.html,status=429,retry-after=3,status.times=2,never")
    assert found == {
        "submit": Switches(slow_s=5, status=429, retry_after="3", never="running"),
        "file": Switches(html=True),
        "status": Switches(times=2),
    }


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "slow",
        "slow=x",
        "slow=-1",
        "slow=9999",
        "status=200",
        "html=1",
        "elsewhere.html",
        "body=xml",
        "times=0",
    ],
)
def test_a_switch_that_is_none_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(BadSwitch, match=text):
        parse(text)


@given(st.lists(st.sampled_from([name for name, switch in SWITCHES.items() if switch.plain is not None])))
def test_plain_switches_join_in_any_number_and_place(names: list[str]) -> None:
    for place in PLACES:
        found = parse(",".join(f"{place}.{name}" for name in names))
        assert set(found) == ({place} if names else set())
        assert all(
            getattr(found[place], SWITCHES[name].field) != getattr(NOTHING, SWITCHES[name].field) for name in names
        )


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadSwitch):
        assert set(parse(text)) <= set(PLACES)


def test_a_bad_header_is_told_in_the_protocols_words(simulator: Simulator) -> None:
    answer = simulator.post(calls.IMAGES, {"prompt": "x"}, "nonsense")
    assert answer.status_code == 400
    assert "there is no switch 'nonsense'" in answer.json()["error"]["message"]
    assert simulator.charges() == []


def test_a_prompt_can_ask_for_faults(simulator: Simulator) -> None:
    answer = simulator.post(calls.IMAGES, {"prompt": "a boat [simulate status=503,body=html] in rain"})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")


def test_rules_fit_by_provider_model_prompt_and_number(simulator: Simulator) -> None:
    rules = [
        {"simulate": "status=500", "provider": "openai", "nth": [2, 3]},
        {"simulate": "status=503", "model": "harbor-2"},
        {"simulate": "status=429", "prompt": "boat"},
    ]
    assert simulator.post("/script", {"rules": rules}).status_code == 201

    def status(model: str, prompt: str = "x") -> int:
        return simulator.post(calls.IMAGES, {"model": model, "prompt": prompt}).status_code

    assert [status("harbor-1") for _ in range(4)] == [200, 500, 500, 200]
    assert (status("harbor-2"), status("harbor-1", "a boat")) == (503, 429)
    assert simulator.post(calls.FAL_RUN, {"prompt": "x"}).status_code == 200
    assert [rule["fitted"] for rule in simulator.get("/script").json()["rules"]] == [6, 1, 1]
    assert simulator.client.delete("/script").json() == {"dropped": 3}
    assert status("harbor-2") == 200


@pytest.mark.parametrize(
    "rule",
    [{"simulate": "nonsense"}, {"simulate": "html", "colour": 1}, {"simulate": 3}, {"simulate": "html", "nth": [0]}],
)
def test_a_bad_rule_is_refused_and_none_of_its_company_is_kept(simulator: Simulator, rule: object) -> None:
    assert simulator.post("/script", {"rules": [{"simulate": "html"}, rule]}).status_code == 400
    assert simulator.get("/script").json() == {"rules": []}
