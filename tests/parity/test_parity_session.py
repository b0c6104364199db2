"""A session of voting on providers as a browser has it, without scripts."""

import re

import pytest
from django.test import Client

from arena.models import ParityBattle, ParityVote, Vote
from lumenboard.pages.errors import OF_A_BATTLE
from tests.parity.factories import make_parity
from tests.voting.factories import look

pytestmark = pytest.mark.django_db
NAMES = re.compile(r"quillfeather|fernhost|mosscloud", re.IGNORECASE)


def step(client: Client, shown, step: str, **data: str):
    return client.post(f"/vote/parity/{shown.battle}/{step}", {"token": shown.token, **data})


def test_from_the_pair_to_the_reveal_and_on() -> None:
    make_parity()
    client = Client()
    shown = look(client, "/vote/parity")
    assert f"/vote/parity/{shown.battle}/a" in shown.html
    answer = step(client, shown, "vote", outcome="right")
    assert answer["Location"] == f"/vote/parity/{shown.battle}"
    voted = client.get(answer["Location"]).content.decode()
    assert "Reveal providers" in voted
    assert not NAMES.search(voted)
    revealed = client.get(step(client, shown, "reveal")["Location"]).content.decode()
    assert "Fernhost" in revealed
    assert "mosscloud/quillfeather-9" in revealed
    assert "/leaderboards/parity-quillfeather-9-text-to-image" in revealed
    assert 'href="/vote/parity" data-go-on' in revealed
    assert look(client, "/vote/parity").battle != shown.battle
    assert (ParityVote.objects.count(), Vote.objects.count()) == (1, 0)


@pytest.mark.parametrize("side", ["a", "b"])
def test_nothing_that_is_sent_before_the_vote_names_model_or_provider(side: str) -> None:
    make_parity()
    client = Client()
    shown = look(client, "/vote/parity")
    picture = client.get(f"/vote/parity/{shown.battle}/{side}")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/webp")
    assert not NAMES.search(shown.html)
    assert not NAMES.search(str(picture.headers))
    assert not NAMES.search(picture.content.decode("latin-1"))
    assert Client().get(f"/vote/parity/{shown.battle}/{side}").status_code == 404


def test_both_pictures_are_of_one_length() -> None:
    make_parity()
    client = Client()
    shown = look(client, "/vote/parity")
    assert len({len(client.get(f"/vote/parity/{shown.battle}/{side}").content) for side in "ab"}) == 1


def test_undo_leads_to_the_same_pictures_and_skip_to_others() -> None:
    make_parity()
    client = Client()
    shown = look(client, "/vote/parity")
    step(client, shown, "vote", outcome="left")
    again = look(client, step(client, shown, "undo")["Location"])
    assert again.battle != shown.battle
    assert step(client, again, "skip")["Location"] == "/vote/parity"
    assert list(ParityBattle.objects.order_by("pk").values_list("void_reason", flat=True)) == ["withdrawn", "skipped"]


def test_a_vote_by_a_program_and_one_sent_twice() -> None:
    make_parity()
    client = Client()
    shown = look(client, "/vote/parity")
    data = {"token": shown.token, "outcome": "tie"}
    address = f"/vote/parity/{shown.battle}/vote"
    first = client.post(address, data, headers={"Accept": "application/json"})
    assert first.json() == {"counted": True, "number": ParityVote.objects.get().number, "votes": 1}
    assert client.post(address, data, headers={"Accept": "application/json"}).status_code == 409
    assert "it counts once" in client.post(address, data).content.decode()


def test_a_form_without_its_cookie_is_told_so_and_led_on_to_providers() -> None:
    make_parity()
    client = Client(enforce_csrf_checks=True)
    shown = look(client, "/vote/parity")
    client.cookies.clear()
    refused = step(client, shown, "vote", outcome="left")
    assert refused.status_code == 403
    assert OF_A_BATTLE.fullmatch(f"/vote/parity/{shown.battle}/vote")
    assert 'href="/vote/parity"' in refused.content.decode()


def test_without_pairs_the_page_says_so() -> None:
    page = Client().get("/vote/parity", follow=True).content.decode()
    assert "two providers to compare" in page


def test_an_own_board_is_of_votes_on_models_alone() -> None:
    make_parity(seeds=3)
    client = Client()
    step(client, look(client, "/vote/parity"), "vote", outcome="left")
    assert "you have cast 0" in client.get("/vote/mine").content.decode()
