"""Suggesting a prompt: kept once, within limits, and refused in words when something is wrong."""

import pytest
from django.core.signing import get_cookie_signer
from django.test import Client

from arena.client import VOTER_COOKIE, VOTER_SALT
from arena.competitions.suggest_prompt import NETWORK_CAP, VOTER_CAP
from arena.models import PromptSuggestion, Voter

pytestmark = pytest.mark.django_db
GOOD = {"prompt": "A lighthouse in a storm", "mode": "text-to-image", "note": "Rain is hard"}


def test_a_suggestion_waits_for_an_operator(client: Client) -> None:
    assert client.get("/suggest").status_code == 200
    answer = client.post("/suggest", GOOD)
    assert (answer.status_code, answer["Location"]) == (303, "/suggest/thanks")
    assert "Thank you" in client.get("/suggest/thanks").content.decode()
    kept = PromptSuggestion.objects.get()
    assert (kept.prompt, kept.mode, kept.note, kept.status) == (*GOOD.values(), "new")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prompt": ""}, "Write the prompt"),
        ({"prompt": "Short"}, "at least 10 characters"),
        ({"prompt": "x" * 2001}, "at most 2000 characters"),
        ({"prompt": "A null \x00 in a prompt"}, "the character NUL"),
        ({"mode": "text-to-song"}, "Choose one of the modes"),
        ({"note": "x" * 301}, "at most 300 characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(change: dict[str, str], said: str, client: Client) -> None:
    answer = client.post("/suggest", {**GOOD, **change})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not PromptSuggestion.objects.exists()


def test_an_empty_post_is_refused_in_words(client: Client) -> None:
    answer = client.post("/suggest")
    assert answer.status_code == 400
    assert "Write the prompt" in answer.content.decode()


def test_a_post_from_elsewhere_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/suggest", GOOD).status_code == 403


def test_a_network_has_a_cap_for_the_day(client: Client) -> None:
    answers = [client.post("/suggest", GOOD).status_code for _ in range(NETWORK_CAP + 2)]
    assert answers == [303] * NETWORK_CAP + [429] * 2
    assert PromptSuggestion.objects.count() == NETWORK_CAP


def test_a_voter_has_a_cap_of_their_own_and_loses_nothing_of_the_network(client: Client) -> None:
    voter = Voter.objects.create()
    client.cookies[VOTER_COOKIE] = get_cookie_signer(salt=VOTER_COOKIE + VOTER_SALT).sign(str(voter.pk))
    answers = [client.post("/suggest", GOOD) for _ in range(VOTER_CAP + 1)]
    assert [answer.status_code for answer in answers] == [303] * VOTER_CAP + [429]
    assert f"suggested {VOTER_CAP} prompts today" in answers[-1].content.decode()
    assert set(PromptSuggestion.objects.values_list("voter", flat=True)) == {voter.pk}
    others = [Client().post("/suggest", GOOD).status_code for _ in range(NETWORK_CAP - VOTER_CAP + 1)]
    assert others == [303] * (NETWORK_CAP - VOTER_CAP) + [429]


@pytest.mark.parametrize("page", ["/leaderboards", "/vote"])
def test_the_form_is_found_from_the_boards_and_from_an_empty_vote_page(page: str, client: Client) -> None:
    assert 'href="/suggest"' in client.get(page, follow=True).content.decode()
