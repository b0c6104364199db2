"""The bulk path into the vote log: order, tallies and counters."""

from array import array
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from arena.models import Battle, Entry, Tally, Vote
from arena.votes.append import AppendedVotes, NewVotes, Pairing, append_votes
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes

pytestmark = pytest.mark.django_db


def test_votes_are_numbered_in_the_order_given() -> None:
    competition, a, b = make_competition(), make_model(), make_model()
    appended = make_votes(competition, (a, b, "left", 2), (b, a, "tie", 1), (a, b, "right", 1))
    votes = list(Vote.objects.order_by("number"))
    assert [vote.outcome for vote in votes] == ["left", "left", "tie", "right"]
    assert [vote.number for vote in votes] == list(range(appended.first_number, appended.last_number + 1))
    assert [vote.battle.left_model_id for vote in votes] == [a.id, a.id, b.id, a.id]


def test_tallies_are_kept_per_ordered_pair_and_grow() -> None:
    competition, a, b = make_competition(), make_model(), make_model()
    make_votes(competition, (a, b, "left", 2), (a, b, "both_bad", 1), (b, a, "right", 3))
    last = make_votes(competition, (a, b, "left", 1), (a, b, "tie", 4)).last_number
    there = Tally.objects.get(left_model=a, right_model=b)
    back = Tally.objects.get(left_model=b, right_model=a)
    assert (there.left, there.right, there.tie, there.both_bad, there.last_vote_number) == (3, 0, 4, 1, last)
    assert (back.left, back.right, back.tie, back.both_bad, back.last_vote_number) == (0, 3, 0, 0, last - 5)


def test_entries_count_their_own_record_with_both_bad_among_ties() -> None:
    competition, a, b = make_competition(), make_model(), make_model()
    make_votes(competition, (a, b, "left", 2), (b, a, "left", 1), (a, b, "tie", 3), (b, a, "both_bad", 4))
    records = Entry.objects.order_by("model_id").values_list("wins", "losses", "ties", "both_bad")
    assert list(records) == [(2, 1, 7, 4), (1, 2, 7, 4)]


def test_two_entries_of_one_model_share_its_tally_but_not_their_record() -> None:
    competition, a, b = make_competition(), make_model(), make_model()
    first, second = (make_entry(competition, a, image=make_image()) for _ in range(2))
    other = make_entry(competition, b, image=make_image())
    pairings = [Pairing(competition.id, entry.id, other.id, a.id, b.id) for entry in (first, second)]
    append_votes(NewVotes(pairings, array("I", [0, 1, 1]), array("B", [0, 0, 1])))
    assert Tally.objects.values_list("left", "right").get() == (2, 1)
    records = Entry.objects.order_by("id").values_list("wins", "losses")
    assert list(records) == [(1, 0), (1, 1), (1, 2)]


def test_times_are_kept_where_they_are_given() -> None:
    competition, a, b = make_competition(), make_model(), make_model()
    pairing = Pairing(competition.id, make_entry(competition, a).id, make_entry(competition, b).id, a.id, b.id)
    opened, cast = datetime(2026, 1, 2, 3, 4, 5, 6, UTC), datetime(2026, 1, 2, 3, 4, 9, tzinfo=UTC)
    append_votes(NewVotes([pairing], array("I", [0]), array("B", [2]), [opened], [cast]))
    vote = Vote.objects.select_related("battle").get()
    assert (vote.battle.opened_at, vote.cast_at) == (opened, cast)


def test_a_battle_of_a_model_with_itself_leaves_nothing() -> None:
    competition, a = make_competition(), make_model()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_votes(competition, (a, a, "left", 1))
    assert not Battle.objects.exists()
    assert not Vote.objects.exists()


def test_no_votes_change_nothing() -> None:
    assert append_votes(NewVotes([], array("I"), array("B"))) == AppendedVotes(0, 0)
    assert not Tally.objects.exists()


def test_columns_must_belong_together() -> None:
    with pytest.raises(ValueError, match="one length"):
        NewVotes([], array("I"), array("B", [0]))
    with pytest.raises(ValueError, match="places in"):
        NewVotes([], array("I", [0]), array("B", [0]))
