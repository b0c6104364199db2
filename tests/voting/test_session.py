"""A voting session as plain HTTP: forms, redirects, refusals, undo, reveal, skip, report, failed pictures."""

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from arena.boards.recompute import recompute_changed_boards
from arena.models import Battle, Competition, Entry, PairReport, RefusedVote, Standing, StoredImage, Tally, Vote, Voter
from tests.arena.factories import make_votes
from tests.voting.factories import look, make_contest, send

pytestmark = pytest.mark.django_db
HEADLINE = {"snapshot__is_current": True, "snapshot__method": "bradley-terry", "snapshot__variant": "prior=1"}


def follow(client: Client, answer) -> str:
    assert answer.status_code in {302, 303}
    return client.get(answer["Location"]).content.decode()


def test_a_session_without_scripts_is_a_chain_of_complete_pages() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    voted = follow(client, send(client, shown, "left"))
    assert "Counted: A is better." in voted
    assert "1 of 20 votes until your own board" in voted
    assert "Next pair" in follow(client, send(client, shown, step="reveal"))
    assert look(client).battle != shown.battle
    assert Vote.objects.get().outcome == "left"


def test_an_empty_site_says_that_there_is_nothing_to_vote_on() -> None:
    page = Client().get("/vote", follow=True).content.decode()
    assert "Nothing to vote on yet" in page
    assert Client().get("/vote/nosuchid").status_code == 404


def test_a_session_can_stay_in_one_competition() -> None:
    make_contest(title="One")
    competition, _ = make_contest(title="Two")
    client = Client()
    for _ in range(3):
        shown = look(client, f"/vote/{competition.public_id}")
        assert Battle.objects.get(public_id=shown.battle).competition == competition
        answer = client.post(f"/battles/{shown.battle}/skip", {"within": competition.public_id})
        assert answer["Location"] == f"/vote/{competition.public_id}"
    Competition.objects.filter(id=competition.id).update(status="closed")
    assert "Nothing to vote on here" in client.get(f"/vote/{competition.public_id}").content.decode()


def test_no_vote_counts_without_the_forgery_token_or_by_get() -> None:
    make_contest()
    client = Client(enforce_csrf_checks=True)
    shown = look(client)
    for step in ("vote", "undo", "reveal", "skip", "report", "void"):
        assert send(client, shown, step=step).status_code == 403
        assert client.get(f"/battles/{shown.battle}/{step}").status_code == 405
    client.get(f"/battles/{shown.battle}/vote?outcome=left&token={shown.token}", headers={"Sec-Purpose": "prefetch"})
    foreign = {"Origin": "https://elsewhere.example", "X-CSRFToken": client.cookies["csrftoken"].value}
    assert send(client, shown, **foreign).status_code == 403
    assert Vote.objects.count() == Tally.objects.count() == 0
    own = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert send(client, shown, **own).status_code == 303
    assert Vote.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"token": "0" * 32}, 403, "wrong_token"),
        ({"outcome": "best"}, 400, "bad_outcome"),
        ({"battle": "6f9f1f66-0000-4000-8000-000000000000"}, 404, "unknown_battle"),
    ],
)
def test_a_refusal_has_its_status_its_reason_and_a_page(change: dict[str, str], status: int, reason: str) -> None:
    make_contest()
    client = Client()
    shown = look(client)
    sent = {"token": shown.token, "outcome": "left", **change}
    address = f"/battles/{sent.pop('battle', shown.battle)}/vote"
    page = client.post(address, sent)
    assert page.status_code == status
    assert "Not counted" in page.content.decode()
    told = client.post(address, sent, headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["reason"], told.json()["counted"]) == (status, reason, False)
    assert RefusedVote.objects.filter(reason=reason).count() == 2
    assert Vote.objects.count() == 0


def test_strange_characters_are_refused_and_not_stored() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    assert client.get("/vote/%00").status_code == client.get("/vote/%F0%9F%A6%8A").status_code == 404
    assert send(client, shown, "left\x01\n").status_code == 400
    assert RefusedVote.objects.get().outcome == "left"
    answer = client.post(f"/battles/{shown.battle}/vote", {"token": "\x01" * 9999, "outcome": "left"})
    assert answer.status_code == 403
    sent = {"reason": "\x01odd\r\n" + "x" * 400, "within": "//elsewhere.example"}
    assert client.post(f"/battles/{shown.battle}/report", sent)["Location"] == "/vote"
    assert PairReport.objects.get().reason == "odd" + "x" * 297


def test_text_that_no_column_holds_is_no_vote() -> None:
    make_contest()
    client = Client()
    assert send(client, look(client), "left\x00").status_code == 400
    assert not RefusedVote.objects.exists()


def test_a_foreign_session_is_refused() -> None:
    make_contest()
    client, other = Client(), Client()
    shown = look(client)
    look(other)
    assert send(other, shown).status_code == 403
    assert send(Client(), shown).status_code == 403
    assert RefusedVote.objects.filter(reason="wrong_voter").count() == 2


def test_a_vote_sent_twice_counts_once_and_shows_what_was_counted() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    assert send(client, shown, "left").status_code == 303
    again = send(client, shown, "right")
    assert again.status_code == 409
    assert "Counted: A is better." in again.content.decode()
    assert Vote.objects.get().outcome == "left"
    assert RefusedVote.objects.get().reason == "already_voted"


def test_a_changed_cookie_is_no_cookie() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    client.cookies["voter"] = client.cookies["voter"].value.replace("1", "2", 1) + "x"
    assert send(client, shown).status_code == 403


def test_undo_opens_the_same_pair_again() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    send(client, shown, "right")
    page = follow(client, send(client, shown, step="undo"))
    assert "A is better" in page
    assert "0 of 20 votes" in page
    assert not Vote.objects.get().is_counted
    assert Tally.objects.get().right == 0


def test_skip_and_report_call_a_battle_off_without_a_loser() -> None:
    make_contest()
    client = Client()
    skipped, reported = look(client), None
    assert send(client, skipped, step="skip")["Location"] == "/vote"
    reported = look(client)
    client.post(f"/battles/{reported.battle}/report", {"reason": "A picture names its model"})
    assert PairReport.objects.get().reason == "A picture names its model"
    for shown, reason in ((skipped, "skipped"), (reported, "reported")):
        assert Battle.objects.get(public_id=shown.battle).void_reason == reason
        assert send(client, shown).status_code == 410
    assert not Entry.objects.exclude(losses=0).exists()


def test_a_picture_that_is_gone_calls_the_battle_off() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    battle = Battle.objects.get(public_id=shown.battle)
    default_storage.delete(battle.left_entry.image.file.name)
    assert client.get(f"/battles/{shown.battle}/a").status_code == 404
    battle.refresh_from_db()
    assert battle.void_reason == "image_failed"
    assert send(client, shown).status_code == 410
    assert Tally.objects.count() == 0


def test_a_picture_that_fails_in_the_browser_calls_the_battle_off_but_never_a_counted_vote() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    assert send(client, shown, step="void")["Location"] == "/vote"
    assert Battle.objects.get(public_id=shown.battle).void_reason == "image_failed"
    counted = look(client)
    send(client, counted)
    assert send(client, counted, step="void").status_code == 409
    assert Vote.objects.get().is_counted


def test_the_reveal_says_what_the_vote_did_and_how_others_chose() -> None:
    competition, models = make_contest(models=2)
    make_votes(competition, (models[0], models[1], "left", 30), (models[1], models[0], "left", 10))
    recompute_changed_boards()
    before = Standing.objects.filter(snapshot__board__competition=competition, **HEADLINE).get(model=models[0]).rating
    client = Client()
    shown = look(client)
    battle = Battle.objects.get(public_id=shown.battle)
    send(client, shown, "left" if battle.left_model == models[0] else "right")
    recompute_changed_boards()
    page = follow(client, send(client, shown, step="reveal"))
    assert "<b>75.0%</b> of 40 other votes chose the same" in page
    assert "one-step estimate" in page
    # the board of before the vote, although a newer one holds it by now
    assert f"Rating </span>{before:.0f} <span" in page


def test_the_own_board_opens_after_twenty_votes_and_says_that_it_is_shrunk() -> None:
    make_contest(models=4)
    client = Client()
    assert "It opens after 20 votes" in client.get("/vote/mine").content.decode()
    for _ in range(20):
        send(client, look(client), "left")
    page = client.get("/vote/mine").content.decode()
    assert "ratings are pulled towards the middle" in page
    assert "Quillfeather Tin robots A" in page
    assert "/vote/mine" in look(client).html


def test_steps_cost_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_contest(source_image=StoredImage.objects.first())
    client = Client()
    look(client)
    with django_assert_max_num_queries(5):
        shown = look(client)
    send(client, shown, step="skip")
    with django_assert_max_num_queries(6):
        shown = look(client)
    with django_assert_max_num_queries(4):
        client.get(f"/battles/{shown.battle}/a")
    with django_assert_max_num_queries(3):
        send(client, shown)
    with django_assert_max_num_queries(12):
        send(client, shown, step="reveal", **{"HX-Request": "true"})
    assert Voter.objects.count() == 1
