"""What strangers can make of voting: no rows without a cookie, no choice of one's pair, no flood of refusals."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from arena.client import VOTER_COOKIE
from arena.models import Battle, PairReport, RefusedVote, Vote, VoteQuota, Voter
from arena.models.battles import battle_token
from arena.voting.ballot import Ballot, StepRefused, VoteRefused
from arena.voting.battle_steps import withdraw_vote
from arena.voting.cast_vote import cast_vote
from arena.voting.open_battle import open_battle
from arena.voting.pair_caps import FREE_PAIRS
from arena.voting.sweep_battles import Swept, sweep_battles
from tests.voting.factories import NETWORK, look, make_battle, make_contest, send

pytestmark = pytest.mark.django_db
GONE = "Your browser sent no cookie"


def test_visits_without_a_cookie_write_nothing() -> None:
    make_contest()
    for _ in range(50):
        assert Client().get("/vote").status_code == 302
        assert Client().get("/vote?greeted=1").status_code == 403
    assert Voter.objects.count() == Battle.objects.count() == VoteQuota.objects.count() == 0


def test_the_first_visit_is_led_round_once_and_ends_on_a_pair() -> None:
    competition, _ = make_contest()
    for path in ("/vote", f"/vote/{competition.public_id}"):
        answer = Client().get(path, follow=True)
        assert [where for where, _ in answer.redirect_chain] == [f"{path}?greeted=1", path]
        assert 'data-state="open"' in answer.content.decode()
    assert Voter.objects.count() == Battle.objects.count() == 2


def test_a_browser_that_blocks_cookies_is_told() -> None:
    competition, _ = make_contest()
    for path in ("/vote", f"/vote/{competition.public_id}"):
        page = Client().get(f"{path}?greeted=1").content.decode()
        assert "Your browser blocks cookies" in page
        assert f'href="{path}"' in page
    part = Client().get("/vote?greeted=1", headers={"HX-Request": "true"})
    assert (part.status_code, b"blocks cookies; voting needs one" in part.content) == (403, True)


def test_one_cookie_is_one_voter_however_often_it_is_sent() -> None:
    make_contest()
    client = Client()
    client.get("/vote")
    newcomers_cookie, shown = client.cookies[VOTER_COOKIE].value, set()
    for _ in range(10):
        again = Client()
        again.cookies[VOTER_COOKIE] = newcomers_cookie
        shown.add(look(again).battle)
    assert len(shown) == Voter.objects.count() == Battle.objects.count() == 1


def test_a_cookie_whose_voter_was_swept_begins_anew_and_not_again_and_again() -> None:
    make_contest()
    client = Client()
    look(client)
    stale = client.cookies[VOTER_COOKIE].value
    Battle.objects.all().delete()
    Voter.objects.all().delete()
    for _ in range(5):
        again = Client()
        again.cookies[VOTER_COOKIE] = stale
        assert again.get("/vote")["Location"] == "/vote?greeted=1"
    assert Voter.objects.count() == 0
    assert look(client).battle
    assert Voter.objects.count() == 1


def test_a_hundred_and_twenty_skips_in_a_row_do_not_choose_a_pair() -> None:
    make_contest(models=10)
    client = Client()
    answers = [send(client, look(client), step="skip").status_code for _ in range(120)]
    assert answers == [302] * (FREE_PAIRS - 1) + [429] * (121 - FREE_PAIRS)
    kept = look(client)
    assert "skipped as many pairs as you may" in send(client, kept, step="skip").content.decode()
    assert look(client).battle == kept.battle
    assert send(client, kept, step="void").status_code == 429
    assert send(client, kept).status_code == 303
    assert [send(client, look(client), step="skip").status_code for _ in range(3)] == [302, 429, 429]


def test_reports_and_time_use_up_pairs_as_skips_do() -> None:
    make_contest(models=10)
    client = Client()
    for number in range(FREE_PAIRS):
        shown = look(client)
        if number % 2:
            assert send(client, shown, step="report").status_code == 302
        else:
            Battle.objects.filter(public_id=shown.battle).update(expires_at=timezone.now() - timedelta(hours=1))
    refused = client.get("/vote")
    assert refused.status_code == 429
    assert "as many pairs as you may today" in refused.content.decode()
    assert Battle.objects.count() == FREE_PAIRS
    assert PairReport.objects.count() == FREE_PAIRS // 2


@pytest.mark.django_db(transaction=True)
def test_pages_loaded_at_once_open_no_more_pairs_than_may_be() -> None:
    make_contest(models=10)
    voter = Voter.objects.create()

    def attempt(_: int) -> bool:
        try:
            open_battle(voter.id, NETWORK)
        except StepRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(attempt, range(60)))
    assert Battle.objects.count() <= FREE_PAIRS
    assert VoteQuota.objects.get(kind="opened").votes == Battle.objects.count()


def test_voting_and_undoing_earns_no_pairs() -> None:
    make_contest(models=10)
    voter = Voter.objects.create()
    battle = open_battle(voter.id, NETWORK)
    for _ in range(30):
        cast_vote(Ballot(battle, battle_token(battle), "left", voter.id, NETWORK))
        again = withdraw_vote(battle, voter.id)
        assert again is not None
        battle = again
    opened, votes = (VoteQuota.objects.get(kind=kind).votes for kind in ("opened", "voter"))
    assert (opened, votes) == (1 + 2 * 30, 30)


def test_newcomers_of_a_network_have_a_cap_and_who_has_voted_goes_on(settings) -> None:
    settings.NEWCOMER_DAILY_CAP = 3
    make_contest(models=10)
    known = Client()
    send(known, look(known))
    for _ in range(2):
        look(Client())
    refused = Client().get("/vote", follow=True)
    assert refused.status_code == 429
    assert "from your network today" in refused.content.decode()
    assert Voter.objects.count() == Battle.objects.count() == 3
    assert look(known).token
    settings.TRUSTED_PROXIES = 1
    elsewhere = Client(headers={"X-Forwarded-For": "198.51.100.7"})
    assert look(elsewhere).token


def test_refused_votes_are_all_counted_and_written_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.voting.cast_vote.REFUSALS_WRITTEN", 3)
    make_contest()
    voter = Voter.objects.create()
    make_battle(voter)
    for _ in range(5):
        with pytest.raises(VoteRefused):
            cast_vote(Ballot(uuid4(), "", "left", voter.id, NETWORK))
    with pytest.raises(VoteRefused):
        cast_vote(Ballot(uuid4(), "", "left", None, "e" * 64))
    assert RefusedVote.objects.count() == 4
    assert list(VoteQuota.objects.filter(kind="refused").order_by("-votes").values_list("votes", flat=True)) == [5, 1]


def test_voters_who_never_voted_are_swept_with_their_pairs() -> None:
    make_contest()
    clients = [Client() for _ in range(4)]
    send(clients[0], look(clients[0]))
    send(clients[1], look(clients[1]), step="report")
    send(clients[2], look(clients[2]), "no such outcome")
    look(clients[3])
    assert sweep_battles(timezone.now() + timedelta(days=6)).voters == 0
    swept = sweep_battles(timezone.now() + timedelta(days=8))
    assert swept == Swept(battles=1, quotas=0, voters=1)
    assert Vote.objects.count() == PairReport.objects.count() == RefusedVote.objects.count() == 1


@pytest.mark.parametrize("cookies_left", [{}, {VOTER_COOKIE: "changed"}])
def test_cookies_cleared_between_pair_and_vote_are_said_plainly(cookies_left: dict[str, str]) -> None:
    make_contest()
    client = Client(enforce_csrf_checks=True)
    shown = look(client)
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.html)[1]
    client.cookies.clear()
    client.cookies.load(cookies_left)
    form = {"token": shown.token, "outcome": "left", "csrfmiddlewaretoken": csrf}
    address = f"/battles/{shown.battle}/vote"
    page = client.post(address, form)
    assert page.status_code == 403
    assert all(part in page.content.decode() for part in ("Not counted", "This vote did not count.", GONE))
    part = client.post(address, form, headers={"HX-Request": "true"})
    assert (part.status_code, "data-refused" in part.content.decode()) == (403, True)
    told = client.post(address, form, headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["reason"]) == (403, "no_cookies")
    assert Vote.objects.count() == 0


def test_a_lost_voter_cookie_is_said_plainly() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    del client.cookies[VOTER_COOKIE]
    page = send(client, shown).content.decode()
    assert "This vote did not count: its pair belongs to another browser, or the cookie" in page


def test_any_other_form_without_cookies_is_told_why_as_well() -> None:
    page = Client(enforce_csrf_checks=True).post("/suggest", {"prompt": "A lighthouse in a storm"})
    assert page.status_code == 403
    assert GONE in page.content.decode()
