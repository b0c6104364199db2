"""Votes taken out and let in again: flags, tallies, counters, boards and both counts."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from arena.boards.recompute import recompute_changed_boards
from arena.integrity.exclude_votes import AlreadyRestored, NothingToExclude, exclude_votes, restore_votes
from arena.models import Battle, Entry, Snapshot, Tally, Vote, VoteExclusion
from arena.votes.hash_chain import broken_links, chain_votes, differences
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db


def make_board() -> list[int]:
    """The numbers of 6 votes: 3 left, 2 ties, 1 both bad."""
    a, b = make_model(slug="alpha"), make_model(slug="beta")
    made = make_votes(make_competition(), (a, b, "left", 3), (b, a, "tie", 2), (a, b, "both_bad", 1))
    recompute_changed_boards()
    return list(range(made.first_number, made.last_number + 1))


def headline() -> Snapshot:
    return Snapshot.objects.get(board__kind="mode", method="bradley-terry", variant="prior=1", is_current=True)


def test_excluded_votes_leave_tallies_counters_and_board(django_capture_on_commit_callbacks) -> None:
    numbers = make_board()
    with django_capture_on_commit_callbacks(execute=True):
        exclusion = exclude_votes(numbers[:2] + numbers[-1:], reason="one hand")
    assert exclusion.votes == 3
    assert differences() == []
    assert set(Entry.objects.values_list("wins", "losses", "ties", "both_bad")) == {(1, 0, 2, 0), (0, 1, 2, 0)}
    assert (headline().votes, headline().excluded_votes) == (3, 3)


def test_restored_votes_count_as_before(django_capture_on_commit_callbacks) -> None:
    numbers = make_board()
    before = list(Tally.objects.order_by("id").values("left", "right", "tie", "both_bad"))
    digest = headline().digest
    with django_capture_on_commit_callbacks(execute=True):
        exclusion = exclude_votes(Vote.objects.filter(outcome="tie"), reason="a test")
    assert headline().digest != digest
    with django_capture_on_commit_callbacks(execute=True):
        restore_votes(exclusion)
    assert list(Tally.objects.order_by("id").values("left", "right", "tie", "both_bad")) == before
    assert (headline().digest, headline().votes, headline().excluded_votes) == (digest, len(numbers), 0)
    with pytest.raises(AlreadyRestored):
        restore_votes(exclusion)


def test_a_vote_is_excluded_once_and_a_reason_is_needed() -> None:
    numbers = make_board()
    exclude_votes(numbers, reason="all of them")
    with pytest.raises(NothingToExclude):
        exclude_votes(numbers, reason="again")
    with pytest.raises(ValueError, match="reason"):
        exclude_votes(numbers, reason=" ")
    assert differences() == []


def test_a_withdrawn_vote_is_not_let_in_by_a_restoration() -> None:
    numbers = make_board()
    Vote.objects.filter(number=numbers[0]).update(is_counted=False, withdrawn_at="2026-01-01T00:00Z")
    Tally.objects.filter(left=3).update(left=2)
    Entry.objects.filter(wins=3).update(wins=2)
    Entry.objects.filter(losses=3).update(losses=2)
    exclusion = exclude_votes(numbers, reason="all")
    assert exclusion.votes == 5
    restore_votes(exclusion)
    assert differences() == []
    assert not Vote.objects.get(number=numbers[0]).is_counted


def test_a_changed_tally_counter_or_vote_is_told() -> None:
    numbers = make_board()
    chain_votes()
    call_command("verify_tallies", verbosity=0)
    Tally.objects.filter(left=3).update(left=4)
    Entry.objects.filter(wins=3).update(wins=7)
    assert len(differences()) == 2
    with pytest.raises(CommandError, match="2 differences"):
        call_command("verify_tallies")
    Vote.objects.filter(number=numbers[0]).update(outcome="right")
    assert [link.fault for link in broken_links()] == ["a vote is not what it was when it was chained"]


def test_the_chain_goes_on_and_notices_deletions() -> None:
    make_board()
    assert (chain_votes(), chain_votes()) == (6, 0)
    a, b = make_model(), make_model()
    make_votes(make_competition(), (a, b, "left", 2))
    assert chain_votes() == 2
    assert list(broken_links()) == []
    Battle.objects.filter(left_model=a)[0].delete()
    assert [link.fault for link in broken_links()] == ["2 votes were chained, now there are others"]


def test_exclusions_do_not_break_the_chain() -> None:
    numbers = make_board()
    chain_votes()
    exclude_votes(numbers[:1], reason="one")
    assert list(broken_links()) == []


def test_an_operator_takes_votes_out_with_a_reason(client: Client) -> None:
    operator = User.objects.create_superuser("operator", password="a long secret")
    client.force_login(operator)
    numbers = make_board()
    votes = reverse("admin:arena_vote_changelist")
    chosen = {"action": "take_out", "_selected_action": [str(number) for number in numbers[:2]]}
    assert "must say why" in client.post(votes, chosen, follow=True).content.decode()
    assert not VoteExclusion.objects.exists()
    page = client.post(votes, {**chosen, "reason": "one hand"}, follow=True).content.decode()
    assert "2 votes no longer count" in page
    exclusion = VoteExclusion.objects.get()
    assert (exclusion.actor, exclusion.reason, Vote.objects.filter(is_counted=True).count()) == (
        operator,
        "one hand",
        4,
    )
    assert differences() == []
