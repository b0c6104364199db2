"""Votes too fast to have been looked at: in the log at weight 0, no error, restorable; and what the night sweeps."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from arena.integrity.exclude_votes import restore_votes
from arena.integrity.gate_health import read_gate_days
from arena.models import Battle, Entry, RefusedVote, Tally, Vote, VoteExclusion, VoteQuota, Voter
from arena.voting.ballot import Ballot, RecordedVote, VoteRefused
from arena.voting.battle_steps import report_pair
from arena.voting.cast_vote import cast_vote
from arena.voting.sweep_battles import Swept, sweep_battles
from tests.voting.factories import NETWORK, look, make_battle, make_contest, send


@pytest.fixture
def voter(db, settings) -> Voter:
    settings.FASTEST_VOTE_MS = 300
    make_contest(models=4)
    return Voter.objects.create()


def cast(voter: Voter, waited_ms: int = 0) -> RecordedVote:
    battle, token = make_battle(voter)
    if waited_ms:
        Battle.objects.filter(public_id=battle).update(opened_at=timezone.now() - timedelta(milliseconds=waited_ms))
    return cast_vote(Ballot(battle, token, "left", voter.id, NETWORK))


def test_a_vote_faster_than_eyes_is_in_the_log_and_counts_nowhere(voter: Voter) -> None:
    recorded = cast(voter)
    assert (recorded.is_counted, recorded.votes_of_voter) == (False, 0)
    vote = Vote.objects.get(number=recorded.number)
    assert (vote.is_counted, vote.exclusion.gate, vote.exclusion.votes) == (False, "too_fast", 1)
    assert Tally.objects.count() == 0
    assert not Entry.objects.filter(wins__gt=0).exists()
    assert cast(voter, waited_ms=1000).is_counted


def test_one_exclusion_a_day_collects_them_and_can_be_restored(voter: Voter) -> None:
    cast(voter)
    cast(voter)
    exclusion = VoteExclusion.objects.get()
    assert (exclusion.votes, exclusion.actor) == (2, None)
    restore_votes(exclusion)
    assert Vote.objects.filter(is_counted=True).count() == 2
    assert sum(Tally.objects.values_list("left", flat=True)) == 2
    # what comes after is collected anew
    cast(voter)
    assert VoteExclusion.objects.filter(restored_at=None).get().votes == 1


@pytest.mark.django_db(transaction=True)
def test_a_fast_vote_takes_its_battle_and_uses_up_the_day(voter: Voter, settings) -> None:
    settings.VOTER_DAILY_CAP = 2
    battle, token = make_battle(voter)
    ballot = Ballot(battle, token, "left", voter.id, NETWORK)
    cast_vote(ballot)
    with pytest.raises(VoteRefused, match="its vote already"):
        cast_vote(ballot)
    cast(voter)
    with pytest.raises(VoteRefused, match="used up"):
        cast(voter)
    assert Vote.objects.count() == VoteQuota.objects.get(kind="voter").votes == 2
    assert VoteExclusion.objects.get().votes == 2
    assert set(RefusedVote.objects.values_list("reason", flat=True)) == {"already_voted", "voter_cap"}


def test_gate_health_counts_what_was_set_aside(voter: Voter) -> None:
    cast(voter)
    cast(voter)
    cast(voter, waited_ms=1000)
    today = read_gate_days(timezone.now().date(), days=1)[0]
    assert (today.counted, dict(today.refused), today.sent) == (1, {"too_fast": 2}, 3)


def test_the_page_says_that_it_was_not_counted_and_is_no_error(voter: Voter) -> None:
    client = Client()
    shown = look(client)
    answer = send(client, shown)
    assert answer.status_code == 303
    page = client.get(answer["Location"]).content.decode()
    assert "Kept, not counted" in page
    assert "/undo" not in page
    assert send(client, shown, step="reveal").status_code == 303
    answer = send(client, look(client), Accept="application/json")
    assert (answer.status_code, answer.json()["counted"], answer.json()["reason"]) == (200, False, "too_fast")


def test_the_night_sweeps_unused_pairs_and_old_quotas_and_nothing_that_was_said(voter: Voter) -> None:
    other = Voter.objects.create()
    cast(voter, waited_ms=1000)
    reported, _ = make_battle(voter)
    report_pair(reported, voter.id, "blank")
    refused, _ = make_battle(other)
    with pytest.raises(VoteRefused):
        cast_vote(Ballot(refused, "0" * 32, "left", other.id, NETWORK))
    unused, _ = make_battle(Voter.objects.create())
    assert sweep_battles(timezone.now()) == Swept(0, 0, 0)
    assert sweep_battles(timezone.now() + timedelta(days=8)) == Swept(1, 0, 1)
    assert not Battle.objects.filter(public_id=unused).exists()
    assert Battle.objects.count() == 3
    assert sweep_battles(timezone.now() + timedelta(days=40)) == Swept(0, 7, 0)
    assert sweep_battles(timezone.now() + timedelta(days=40)) == Swept(0, 0, 0)
