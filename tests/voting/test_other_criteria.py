"""Votes by other criteria as they are cast, set aside and taken back, beside the vote of `overall`."""

from typing import Any

import pytest

from arena.integrity.exclude_votes import exclude_votes, restore_votes
from arena.models import RefusedVote, Tally, Vote, VoteExclusion, VoteQuota, Voter
from arena.rating.criteria import OVERALL
from arena.rating.tallies import OUTCOMES
from arena.votes.hash_chain import differences
from arena.voting.ballot import Ballot, VoteRefused
from arena.voting.battle_steps import reveal_battle, withdraw_vote
from arena.voting.cast_vote import cast_vote
from tests.arena.test_criteria import state
from tests.voting.factories import NETWORK, make_battle, make_contest


def ballot(voter: Voter, battle: Any, token: str, criterion: str, outcome: str = "left") -> Ballot:
    return Ballot(battle, token, outcome, voter.id, NETWORK, criterion)


def test_a_vote_by_another_criterion_is_cast_once_and_counts_for_nobody_s_total(db) -> None:
    make_contest()
    voter = Voter.objects.create()
    battle, token = make_battle(voter)
    cast_vote(ballot(voter, battle, token, OVERALL))
    before = state()
    recorded = cast_vote(ballot(voter, battle, token, "looks", "right"))
    assert recorded.votes_of_voter == 1
    assert state() == before
    with pytest.raises(VoteRefused) as refused:
        cast_vote(ballot(voter, battle, token, "looks", "tie"))
    assert refused.value.reason == "already_voted"
    assert Vote.objects.get(criterion="looks").outcome == "right"
    assert differences() == []


def test_a_battle_waits_for_its_vote_of_all(db) -> None:
    make_contest()
    voter = Voter.objects.create()
    battle, token = make_battle(voter)
    cast_vote(ballot(voter, battle, token, "looks"))
    assert make_battle(voter)[0] == battle
    cast_vote(ballot(voter, battle, token, OVERALL))
    assert make_battle(voter)[0] != battle


def test_undo_takes_back_all_that_was_said(db) -> None:
    make_contest()
    voter = Voter.objects.create()
    battle, token = make_battle(voter)
    for criterion, outcome in ((OVERALL, "left"), ("looks", "both_bad"), ("text", "right")):
        cast_vote(ballot(voter, battle, token, criterion, outcome))
    withdraw_vote(battle, voter.id)
    assert Vote.objects.filter(is_counted=False, withdrawn_at__isnull=False).count() == 3
    assert set(Tally.objects.values_list(*OUTCOMES)) == {(0, 0, 0, 0)}
    voter.refresh_from_db()
    assert voter.votes == 0
    assert differences() == []


def test_undo_takes_back_what_was_set_aside_as_well(db) -> None:
    make_contest()
    voter = Voter.objects.create()
    battle, token = make_battle(voter)
    for criterion in (OVERALL, "looks", "text"):
        cast_vote(ballot(voter, battle, token, criterion))
    exclusion = exclude_votes(Vote.objects.filter(criterion="looks"), reason="odd")
    withdraw_vote(battle, voter.id)
    assert not Vote.objects.filter(withdrawn_at=None).exists()
    restore_votes(exclusion)
    assert not Vote.objects.filter(is_counted=True).exists()
    assert set(Tally.objects.values_list(*OUTCOMES)) == {(0, 0, 0, 0)}
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_too_fast_by_another_criterion_uses_up_no_day(settings) -> None:
    settings.FASTEST_VOTE_MS, settings.VOTER_DAILY_CAP = 300, 1
    make_contest()
    voter = Voter.objects.create()
    battle, token = make_battle(voter)
    for criterion in ("looks", "text", OVERALL):
        assert not cast_vote(ballot(voter, battle, token, criterion)).is_counted
    assert list(VoteQuota.objects.filter(kind__in=("voter", "network")).values_list("votes", flat=True)) == [1, 1]
    assert VoteExclusion.objects.get().votes == Vote.objects.count() == 3


@pytest.mark.parametrize("fastest_ms", [0, 3_600_000], ids=["in time", "too fast"])
def test_once_the_models_are_named_nobody_judges_by_another_criterion(db, settings, fastest_ms: int) -> None:
    make_contest()
    voter = Voter.objects.create()
    battle, token = make_battle(voter)
    cast_vote(ballot(voter, battle, token, OVERALL))
    reveal_battle(battle, voter.id)
    settings.FASTEST_VOTE_MS = fastest_ms
    for criterion, reason in ((OVERALL, "already_voted"), ("looks", "revealed")):
        with pytest.raises(VoteRefused) as refused:
            cast_vote(ballot(voter, battle, token, criterion))
        assert refused.value.reason == reason
    assert set(RefusedVote.objects.values_list("reason", flat=True)) == {"already_voted", "revealed"}
    assert Vote.objects.get().criterion == OVERALL
