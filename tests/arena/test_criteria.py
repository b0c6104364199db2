"""Votes by other criteria are counted apart: nothing of `overall` changes by them, digit for digit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from arena.boards.ensure_boards import ensure_boards
from arena.boards.findings import complete_boards
from arena.boards.methods import FITTED
from arena.boards.recompute import changed_boards, recompute_boards
from arena.competitions.change_competitions import merge_competitions
from arena.integrity.exclude_votes import exclude_votes, restore_votes
from arena.models import (
    Battle,
    Board,
    Category,
    Competition,
    Entry,
    Snapshot,
    Standing,
    Tally,
    Vote,
    VoteChainLink,
    VoteQuota,
    Voter,
)
from arena.rating.criteria import CRITERIA, OVERALL, BadCriterion, board_key, checked_criterion
from arena.rating.tallies import OUTCOMES, Tallies
from arena.votes.hash_chain import broken_links, chain_votes, differences
from arena.voting.draw_pools import invalidate_contests, open_contests
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_model, make_votes

MODE = "mode-text-to-image"


@pytest.mark.parametrize("key", [*(one.key for one in CRITERIA), "a", "9", "own-words-of-a-study", "x" * 40])
def test_a_key_that_may_be(key: str) -> None:
    assert checked_criterion(key) == key


@pytest.mark.parametrize("key", ["", "Looks", "a b", "-a", "a-", "a--b", "a~b", "é", "looks\n", "x" * 41])
def test_a_key_that_may_not_be(key: str) -> None:
    with pytest.raises(BadCriterion, match="small letters"):
        checked_criterion(key)


def test_the_key_of_a_board_says_its_criterion_unless_it_is_of_all() -> None:
    assert (board_key(MODE, OVERALL), board_key(MODE, "looks")) == (MODE, f"{MODE}~looks")
    assert len({one.key for one in CRITERIA}) == len({one.question for one in CRITERIA}) == len(CRITERIA)


@pytest.fixture
def world(db) -> tuple[Competition, list[ImageModel]]:
    competition = make_competition()
    competition.categories.add(Category.objects.create(slug="animals", name="Animals", mode="text-to-image"))
    models = [make_model(f"Model {letter}", slug=f"m-{letter}") for letter in "abcd"]
    a, b, c, d = models
    make_votes(competition, (a, b, "left", 7), (b, c, "right", 4), (c, d, "tie", 3), (d, a, "both_bad", 2))
    compute()
    chain_votes()
    return competition, models


def compute() -> None:
    boards = list(Board.objects.values_list("pk", flat=True))
    recompute_boards(boards)
    complete_boards(boards)


def state() -> dict[str, list[Any]]:
    """Everything that is of `overall`."""
    invalidate_contests()
    of_all = Snapshot.objects.filter(board__criterion=OVERALL)
    return {
        "tallies": list(
            Tally.objects.filter(criterion=OVERALL).order_by("id").values("left_model", "last_vote_number", *OUTCOMES)
        ),
        "boards": list(Board.objects.filter(criterion=OVERALL).order_by("id").values()),
        "snapshots": list(of_all.order_by("id").values()),
        "standings": list(Standing.objects.filter(snapshot__in=of_all).order_by("id").values()),
        "entries": list(Entry.objects.order_by("id").values()),
        "voters": list(Voter.objects.order_by("id").values()),
        "quotas": list(VoteQuota.objects.order_by("id").values()),
        "votes": list(Vote.objects.filter(criterion=OVERALL).order_by("number").values()),
        "chain": list(VoteChainLink.objects.filter(criterion=OVERALL).order_by("id").values()),
        "contests": list(open_contests()),
    }


def judged(competition: Competition, models: list[ImageModel], criterion: str = "looks") -> None:
    """The other way round, and by more than all the others."""
    a, b, c, d = models
    make_votes(competition, (b, a, "left", 90), (d, c, "left", 80), (c, a, "right", 9), criterion=criterion)


def excluded(competition: Competition, models: list[ImageModel]) -> None:
    judged(competition, models)
    exclude_votes(Vote.objects.filter(criterion="looks")[:50], reason="odd")


def restored(competition: Competition, models: list[ImageModel]) -> None:
    judged(competition, models)
    restore_votes(exclude_votes(Vote.objects.filter(criterion="looks"), reason="odd"))


def by_several(competition: Competition, models: list[ImageModel]) -> None:
    for criterion in ("artifacts", "own-words", "looks"):
        judged(competition, models, criterion)


@pytest.mark.parametrize("act", [judged, excluded, restored, by_several], ids=lambda act: act.__name__)
def test_nothing_of_all_changes(world: Any, act: Callable[..., None]) -> None:
    before = state()
    act(*world)
    compute()
    chain_votes()
    assert state() == before
    assert differences() == []
    assert list(broken_links()) == []
    assert changed_boards(timezone.now() + timedelta(hours=1), FITTED) == []


def test_each_criterion_has_its_boards_with_the_figures_of_its_votes(world: Any) -> None:
    competition, (a, b, *_) = world
    make_votes(competition, (b, a, "left", 5), (a, b, "tie", 1), criterion="looks")
    compute()
    keys = {MODE, "category-animals-text-to-image", f"competition-{competition.public_id}"}
    assert set(Board.objects.values_list("key", flat=True)) == keys | {f"{key}~looks" for key in keys}
    expected = Tallies.from_rows([("m-b", "m-a", 5, 0, 0, 0), ("m-a", "m-b", 0, 0, 1, 0)]).digest
    current = Snapshot.objects.filter(board__criterion="looks", is_current=True)
    assert set(current.values_list("digest", flat=True)) == {expected}
    assert current.count() == 3 * 6
    leader = Standing.objects.get(
        snapshot__in=current.filter(board__key=f"{MODE}~looks").current_headline(), position=1
    )
    assert (leader.model.slug, leader.wins, leader.losses, leader.ties) == ("m-b", 5, 0, 1)


def test_a_competition_that_was_not_judged_so_gives_no_board(world: Any) -> None:
    judged(*world)
    a, b, *_ = world[1]
    make_votes(make_competition("Another"), (a, b, "left", 4))
    assert Board.objects.filter(criterion="looks", kind="competition").get().competition == world[0]


def test_boards_are_counted_on_by_what_they_are_of(world: Any) -> None:
    judged(*world)
    boards = Board.objects.in_bulk(ensure_boards([world[0].pk]))
    assert [one.kind for one in boards.values()].count("mode") == 2
    other = make_competition("Another")
    assert {Board.objects.get(pk=pk).criterion for pk in ensure_boards([other.pk])} == {OVERALL}


def test_excluded_votes_are_told_by_the_board_they_left(world: Any) -> None:
    excluded(*world)
    compute()
    told = dict(
        Snapshot.objects.current_headline().filter(board__kind="mode").values_list("board__key", "excluded_votes")
    )
    assert told == {MODE: 0, f"{MODE}~looks": 50}


def test_one_vote_per_battle_and_criterion(world: Any) -> None:
    battle = Battle.objects.earliest("id")
    Vote.objects.create(battle=battle, outcome="left", criterion="looks")
    for criterion in (OVERALL, "looks"):
        with pytest.raises(IntegrityError, match="one_vote_per_battle_and_criterion"), transaction.atomic():
            Vote.objects.create(battle=battle, outcome="right", criterion=criterion)


@pytest.mark.parametrize("model", [Vote, Tally], ids=lambda model: model.__name__)
def test_a_word_that_is_no_key_is_in_no_row(world: Any, model: Any) -> None:
    with pytest.raises(IntegrityError, match="criterion_is_a_key"), transaction.atomic():
        model.objects.update(criterion="No key")


def test_a_board_s_key_and_its_criterion_agree(world: Any) -> None:
    for change in ({"criterion": "looks"}, {"key": "mode~looks"}, {"key": "mode~text", "criterion": "looks"}):
        with pytest.raises(IntegrityError, match="board_key_names_its_criterion"), transaction.atomic():
            Board.objects.filter(key=MODE).update(**change)


def test_webhooks_are_offered_boards_of_all_alone(world: Any, admin_client: Client) -> None:
    judged(*world)
    query = {"app_label": "arena", "model_name": "boardwebhook", "field_name": "boards", "term": MODE}
    offered = admin_client.get("/admin/autocomplete/", query).json()["results"]
    assert [one["id"] for one in offered] == [str(Board.objects.get(key=MODE).pk)]


def test_a_tally_that_is_wrong_is_named_by_its_criterion(world: Any) -> None:
    judged(*world)
    Tally.objects.filter(criterion="looks", left=90).update(left=89)
    (found,) = differences()
    assert "m-b against m-a by looks: the tally says 89/0/0/0, the votes give 90/0/0/0" in found


def test_a_changed_vote_by_another_criterion_breaks_its_own_chain(world: Any) -> None:
    judged(*world)
    assert chain_votes() == 179
    Vote.objects.filter(criterion="looks", outcome="left").update(outcome="tie")
    ((first, fault),) = [(link.first, link.fault) for link in broken_links()]
    assert fault == "a vote is not what it was when it was chained"
    assert VoteChainLink.objects.get(first_vote_number=first, criterion="looks")
    assert VoteChainLink.objects.get(criterion=OVERALL).votes == 16


def test_merging_keeps_criteria_apart(world: Any) -> None:
    first, models = world
    second = make_competition(first.title, status="closed")
    make_votes(second, (models[0], models[1], "left", 2))
    for competition in (first, second):
        judged(competition, models)
    merge_competitions(first.pk, second.pk)
    counted = Tally.objects.filter(left_model=models[1], right_model=models[0])
    assert list(counted.values_list("criterion", "left")) == [("looks", 180)]
    assert Tally.objects.get(criterion=OVERALL, left_model=models[0], right_model=models[1]).left == 9
    assert differences() == []


SAID = st.lists(
    st.tuples(
        st.sampled_from([(0, 1), (1, 0), (0, 2), (2, 1)]),
        st.sampled_from(OUTCOMES),
        st.sampled_from([OVERALL, OVERALL, "looks", "text", "own-words"]),
        st.sampled_from(["counted", "counted", "excluded", "restored"]),
    ),
    max_size=25,
)


class Mixed(TestCase):
    """However votes of several criteria come in and go out, each criterion is as if it were alone."""

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(SAID)
    def test_each_criterion_counts_its_own(self, said: list[tuple[tuple[int, int], str, str, str]]) -> None:
        competition = make_competition()
        models = [make_model(slug=f"p-{letter}") for letter in "abc"]
        expected: dict[str, list[Any]] = {OVERALL: []}
        for (left, right), outcome, criterion, fate in said:
            made = make_votes(competition, (models[left], models[right], outcome, 1), criterion=criterion)
            if fate != "counted":
                taken_out = exclude_votes([made.first_number], reason="odd")
            if fate == "restored":
                restore_votes(taken_out)
            counts = tuple(int(name == outcome and fate != "excluded") for name in OUTCOMES)
            expected.setdefault(criterion, []).append((models[left].slug, models[right].slug, *counts))
        recompute_boards(ensure_boards([competition.pk]))
        digests = {criterion: Tallies.from_rows(rows).digest for criterion, rows in expected.items()}
        found = Snapshot.objects.current_headline().filter(board__competition=competition)
        assert dict(found.values_list("board__criterion", "digest")) == digests
        whole = Tallies.from_rows(expected[OVERALL])
        of_models = zip(whole.models, whole.records, strict=True)
        records = {slug: (one.wins, one.losses, one.ties, one.both_bad) for slug, one in of_models if one.battles}
        entries = Entry.objects.values_list("model__slug", "wins", "losses", "ties", "both_bad")
        assert {slug: tuple(counts) for slug, *counts in entries if any(counts)} == records
        assert differences() == []
