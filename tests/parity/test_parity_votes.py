"""Parity votes: counted once, blind, taken back, set aside, and kept out of everything that is of models."""

import pytest

from arena.models import ParityBattle, ParityTally, ParityVote, RefusedParityVote, Voter
from arena.models.battles import battle_token
from arena.parity.battle_view import parity_picture, view_parity
from arena.parity.cast_vote import cast_parity_vote
from arena.parity.counted import differing_tallies
from arena.parity.exclude_votes import exclude_parity_votes, restore_parity_votes
from arena.parity.open_battle import invalidate_parity_pools
from arena.parity.recompute import recompute_parity_board
from arena.parity.steps import pass_over_parity, report_parity, reveal_parity, withdraw_parity
from arena.voting.ballot import Ballot, StepRefused, VoteRefused
from arena.voting.open_battle import NothingToVoteOn
from tests.parity.factories import judge, make_parity, make_parity_battle
from tests.voting.factories import NETWORK

pytestmark = pytest.mark.django_db


def cast(battle, token, voter, outcome="left"):
    return cast_parity_vote(Ballot(battle, token, outcome, voter.pk, NETWORK))


def test_a_pair_is_of_one_scene_and_of_two_endpoints() -> None:
    make_parity(providers=3, prompts=2)
    for _ in range(12):
        voter = Voter.objects.create()
        battle = ParityBattle.objects.get(public_id=make_parity_battle(voter)[0])
        assert battle.left_entry.scene_id == battle.right_entry.scene_id == battle.scene_id
        assert battle.left_endpoint_id != battle.right_endpoint_id
        assert 0 < battle.pair_probability <= 1


def test_a_pair_that_waits_is_shown_again() -> None:
    make_parity()
    voter = Voter.objects.create()
    assert make_parity_battle(voter) == make_parity_battle(voter)


def test_a_vote_counts_once() -> None:
    make_parity()
    voter = Voter.objects.create()
    battle, token = make_parity_battle(voter)
    assert cast(battle, token, voter).votes_of_voter == 1
    with pytest.raises(VoteRefused, match="already"):
        cast(battle, token, voter)
    assert ParityTally.objects.get().left == 1
    assert (ParityVote.objects.count(), RefusedParityVote.objects.get().reason) == (1, "already_voted")
    assert differing_tallies() == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"void_reason": "skipped"}, "void"),
        ({"revealed_at": "2026-11-01T00:00Z"}, "revealed"),
        ({"expires_at": "2026-11-01T00:00Z"}, "expired"),
        ({"token_digest": "0" * 64}, "wrong_token"),
        ({"voter": None}, "wrong_voter"),
    ],
)
def test_a_vote_that_comes_otherwise_is_refused_and_kept(change: dict, reason: str) -> None:
    make_parity()
    voter = Voter.objects.create()
    battle, token = make_parity_battle(voter)
    ParityBattle.objects.update(**change)
    with pytest.raises(VoteRefused):
        cast(battle, token, voter)
    assert RefusedParityVote.objects.get().reason == reason
    assert not ParityTally.objects.exists()


def test_a_vote_too_fast_is_kept_and_does_not_count(settings) -> None:
    make_parity()
    voter = Voter.objects.create()
    battle, token = make_parity_battle(voter)
    settings.FASTEST_VOTE_MS = 60_000
    assert not cast(battle, token, voter).is_counted
    vote = ParityVote.objects.get()
    assert (vote.is_counted, vote.set_aside) == (False, "too_fast")
    assert restore_parity_votes(ParityVote.objects.all()) == 1
    assert ParityTally.objects.get().left == 1
    assert differing_tallies() == 0


@pytest.mark.django_db(transaction=True)
def test_the_day_has_its_caps(settings) -> None:
    settings.VOTER_DAILY_CAP = 1
    make_parity(seeds=3)
    voter = Voter.objects.create()
    cast(*make_parity_battle(voter), voter)
    with pytest.raises(VoteRefused) as refused:
        cast(*make_parity_battle(voter), voter)
    assert refused.value.reason == "voter_cap"
    assert ParityVote.objects.count() == 1


def test_undo_gives_the_same_pictures_again_and_leaves_nothing() -> None:
    make_parity()
    voter = Voter.objects.create()
    battle, token = make_parity_battle(voter)
    cast(battle, token, voter)
    again = withdraw_parity(battle, voter.pk)
    first, second = (ParityBattle.objects.get(public_id=one) for one in (battle, again))
    assert (first.left_entry_id, first.right_entry_id) == (second.left_entry_id, second.right_entry_id)
    voter.refresh_from_db()
    assert (voter.parity_votes, ParityTally.objects.get().left, differing_tallies()) == (0, 0, 0)
    cast(again, battle_token(again), voter)
    reveal_parity(again, voter.pk)
    with pytest.raises(StepRefused, match="stays"):
        withdraw_parity(again, voter.pk)


def test_skip_and_report_call_a_pair_off() -> None:
    make_parity()
    voter = Voter.objects.create()
    first = make_parity_battle(voter)[0]
    pass_over_parity(first, voter.pk, "skipped")
    second = make_parity_battle(voter)[0]
    report_parity(second, voter.pk, "A picture is broken or blank")
    assert list(ParityBattle.objects.order_by("pk").values_list("void_reason", flat=True)) == ["skipped", "reported"]
    assert ParityBattle.objects.get(public_id=second).report == "A picture is broken or blank"


def test_neither_model_nor_provider_is_named_before_the_vote() -> None:
    world = make_parity()
    voter = Voter.objects.create()
    battle, token = make_parity_battle(voter)
    said = repr(view_parity(battle, voter.pk))
    assert not [word for word in ("quillfeather", "fernhost", "mosscloud") if word in said.casefold()]
    cast(battle, token, voter)
    assert view_parity(battle, voter.pk).reveal is None
    reveal_parity(battle, voter.pk)
    reveal = view_parity(battle, voter.pk).reveal
    assert {reveal.left.note, reveal.right.note} == set(world.keys)
    assert {reveal.left.name, reveal.right.name} == {"Fernhost", "Mosscloud"}


def test_pictures_are_for_the_voter_alone_and_of_one_length() -> None:
    make_parity()
    voter, other = Voter.objects.create(), Voter.objects.create()
    battle, _ = make_parity_battle(voter)
    assert parity_picture(battle, other.pk, "a") is None
    one, two = (parity_picture(battle, voter.pk, side) for side in "ab")
    assert one.image_id != two.image_id
    assert one.frame == two.frame
    assert parity_picture(battle, voter.pk, "source") is None


@pytest.mark.parametrize("status", ["draft", "closed"])
def test_only_open_prompts_are_drawn(status: str) -> None:
    world = make_parity()
    voter = Voter.objects.create()
    world.competitions[0].status = status
    world.competitions[0].save()
    invalidate_parity_pools()
    with pytest.raises(NothingToVoteOn):
        make_parity_battle(voter)


def test_votes_taken_out_come_back_exactly() -> None:
    world = make_parity()
    one, two = world.keys
    judge(world, one, two, "left", 5)
    judge(world, two, one, "tie", 2)
    before = list(ParityTally.objects.order_by("pk").values_list("left", "tie"))
    taken = ParityVote.objects.order_by("number")[:3]
    assert (
        exclude_parity_votes(ParityVote.objects.filter(pk__in=[vote.pk for vote in taken]), reason="odd", actor=None)
        == 3
    )
    assert differing_tallies() == 0
    recompute_parity_board(world.board.pk)
    assert (world.board.snapshot.votes, world.board.snapshot.set_aside_votes) == (4, 3)
    assert restore_parity_votes(ParityVote.objects.all()) == 3
    assert list(ParityTally.objects.order_by("pk").values_list("left", "tie")) == before
    assert differing_tallies() == 0
