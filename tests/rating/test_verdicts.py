"""What votes decide about two models, judged after each: when, for good, and how seldom wrongly."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.rating.boundary import (
    MIXING_BETTER,
    Plan,
    information_of_a_vote,
    seen_from_equal,
    shows_better,
    shows_equivalent,
    standard_errors_needed,
)
from arena.rating.bradley_terry import by_curvature, fit_bradley_terry
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.errors import BadState
from arena.rating.tallies import Tallies
from arena.rating.verdicts import BETTER, EQUIVALENT, Decision, VerdictState, first_place, replay_verdicts
from arena.rating.votes import VoteSequence
from bench.honesty.decisions import when
from bench.honesty.worlds import drawn_votes
from tests.rating.factories import steady
from tests.rating.lightfield import board_votes

SLUGS = ("amber", "birch", "cedar", "dune", "ember")


def make_votes(*codes: tuple[int, int, int]) -> VoteSequence:
    left, right, outcomes = np.array(codes, dtype=np.int64).reshape(-1, 3).T
    return VoteSequence(SLUGS[: 1 + max([0, *left.tolist(), *right.tolist()])], left, right, outcomes, len(codes))


def drawn(strengths: list[float], votes: int, ties: float = 0.0, seed: int = 1) -> VoteSequence:
    columns = drawn_votes(np.array(strengths), ties, votes, np.random.default_rng(seed))
    return VoteSequence(SLUGS[: len(strengths)], *columns, votes)


def part_of(votes: VoteSequence, first: int, last: int) -> VoteSequence:
    columns = (votes.left[first:last], votes.right[first:last], votes.outcomes[first:last])
    return VoteSequence(votes.models, *columns, last)


def replayed(votes: VoteSequence, state: VerdictState | None = None, first: int = 0) -> VerdictState:
    return replay_verdicts(state or VerdictState(), votes, range(first + 1, first + votes.battles + 1))


def tallies_of(votes: VoteSequence) -> Tallies:
    rows = zip(votes.left.tolist(), votes.right.tolist(), votes.outcomes.tolist(), strict=True)
    return Tallies.from_rows(
        (votes.models[i], votes.models[j], *np.eye(4, dtype=int)[code].tolist()) for i, j, code in rows
    )


def test_a_decision_is_made_at_the_first_vote_at_which_the_published_fit_shows_it():
    votes = drawn([0.9, 0.0], 400)
    (decision,) = replayed(votes).decisions
    assert (decision.kind, decision.first, decision.second) == (BETTER, "amber", "birch")
    for last, expected in ((decision.number - 1, False), (decision.number, True)):
        tallies = tallies_of(part_of(votes, 0, last))
        fit = fit_bradley_terry(tallies)
        ahead, variance = fit.ahead("amber", "birch")
        _, by_the_model = by_curvature(tallies, fit.models, fit.strengths).ahead("amber", "birch")
        seen = seen_from_equal(np.array(ahead), np.array(max(variance, by_the_model)), np.array(last))
        assert bool(shows_better(*seen, 1)) is expected


def test_of_many_models_each_decision_is_the_published_fits_with_its_part_of_the_errors():
    votes = drawn([1.2, 0.4, 0.0, -0.6, -1.0], 1500)
    decisions = [each for each in replayed(votes).decisions if each.kind == BETTER]
    assert len(decisions) >= 6
    for each in decisions:
        undecided = 10 - len([other for other in decisions if other.number <= each.number and other != each])
        tallies = tallies_of(part_of(votes, 0, each.number))
        ahead, variance = fit_bradley_terry(tallies).ahead(each.first, each.second)
        direct = tallies.among((each.first, each.second)).battles
        assert ahead > 0
        assert shows_better(*seen_from_equal(np.array(ahead), np.array(variance), np.array(direct)), undecided)


def test_equals_are_found_equivalent_and_the_word_stands():
    votes = drawn([0.0, 0.0], 6000, ties=0.3)
    state = replayed(votes)
    assert [each.kind for each in state.decisions] == [EQUIVALENT]
    # later votes against it change no word that was said
    against = VoteSequence(votes.models, *(np.full(300, code) for code in (0, 1, 0)), 6300)
    later = replay_verdicts(state, against, range(6001, 6301))
    assert later.decisions[0] == state.decisions[0]
    assert later.decisions[1].kind == BETTER


def test_a_wide_margin_is_reached_sooner():
    votes = drawn([0.05, 0.0], 3000)
    narrow, wide = (replayed(votes, VerdictState(margin=margin)).decisions for margin in (25.0, 60.0))
    assert EQUIVALENT in {each.kind for each in wide}
    assert EQUIVALENT not in {each.kind for each in narrow if each.number <= wide[0].number}


@steady
@given(st.lists(st.integers(1, 399), max_size=4), st.integers(0, 3))
def test_where_the_log_is_cut_makes_no_difference(cuts, seed):
    votes = drawn([1.5, 0.3, 0.0, -1.5], 400, ties=0.1, seed=seed)
    state, ends = VerdictState(), sorted({0, 400, *cuts})
    for first, last in pairwise(ends):
        stored = json.loads(json.dumps(state.to_json()))
        state = replayed(part_of(votes, first, last), VerdictState.from_json(stored), first)
    whole = replayed(votes)
    assert state.decisions == whole.decisions
    assert state.strengths == pytest.approx(whole.strengths, abs=1e-12)
    assert (state.wins == whole.wins).all()
    assert (state.ties == whole.ties).all()
    assert (state.battles, state.last_number) == (400, 400)


def test_sides_and_both_bad_make_no_difference():
    votes = drawn([0.8, 0.0, -0.8], 500, ties=0.2)
    mirrored = VoteSequence(votes.models, votes.right, votes.left, np.array([1, 0, 3, 2])[votes.outcomes], 500)
    assert replayed(mirrored).decisions == replayed(votes).decisions


def test_models_that_no_battle_links_are_not_judged():
    apart = [(0, 1, 0)] * 60 + [(2, 3, 0)] * 60
    decisions = replayed(make_votes(*apart)).decisions
    assert {(each.first, each.second) for each in decisions} == {("amber", "birch"), ("cedar", "dune")}
    linked = replayed(make_votes(*apart, (1, 2, 0), (1, 2, 1))).decisions
    assert {each.first for each in linked} <= {"amber", "birch", "cedar"}


def test_newcomers_are_judged_when_they_come():
    first = replayed(drawn([0.0, 0.0], 100))
    codes = [(0, 2, 1)] * 60 + [(1, 2, 1)] * 60
    later = make_votes(*codes)
    state = replay_verdicts(
        first, VoteSequence(later.models, later.left, later.right, later.outcomes, 220), range(101, 221)
    )
    assert {(each.first, each.second) for each in state.decisions} >= {("cedar", "amber"), ("cedar", "birch")}
    assert min(each.number for each in state.decisions) > 104


def test_a_handful_of_votes_decides_nothing():
    assert replayed(make_votes(*[(0, 1, 0)] * 8)).decisions == ()
    assert replayed(make_votes()).decisions == ()


def test_votes_that_the_state_has_are_refused():
    state = replayed(drawn([0.0, 0.0], 10))
    with pytest.raises(BadState, match="already has those to 10"):
        replayed(drawn([0.0, 0.0], 10), state)


@pytest.mark.parametrize(
    "wrong", [{"margin": "wide"}, {"models": None}, {"wins": [[0, 1]]}, {"decisions": [["better", "a"]]}]
)
def test_a_state_that_cannot_be_read_is_refused(wrong):
    stored = replayed(drawn([0.5, 0.0], 30)).to_json() | wrong
    with pytest.raises(BadState, match="to_json"):
        VerdictState.from_json(stored)


def test_a_stored_state_lacks_nothing():
    state = VerdictState(
        decisions=(Decision(BETTER, "amber", "birch", 7),),
        models=("amber", "birch"),
        wins=np.eye(2, dtype=np.int64),
        ties=np.eye(2, dtype=np.int64),
        strengths=np.array([0.1, 1 / 3]),
    )
    again = VerdictState.from_json(json.loads(json.dumps(state.to_json())))
    assert again.to_json() == state.to_json()
    assert again.decisions == state.decisions


@pytest.mark.parametrize("ties", [0.0, 0.3])
def test_equals_are_seldom_called_better_however_often_one_looks(ties):
    found = [replayed(drawn([0.0, 0.0], 1000, ties, seed)).decisions for seed in range(100)]
    assert sum(any(each.kind == BETTER for each in run) for run in found) <= 9


def test_the_bound_grows_slowly_and_is_wider_than_that_of_one_look():
    needed = standard_errors_needed(np.array([1.0, 50.0, 500.0, 5e6]), 0.05, MIXING_BETTER)
    assert needed[0] > needed[1] > 2.7
    assert needed[1] < needed[2] < needed[3] < 5


def test_who_never_lost_is_found_better_but_not_by_strangers():
    assert replayed(make_votes(*[(0, 1, 0)] * 20)).decisions[0].number < 16
    # each has beaten or lost to others alone: what is known of the two grows no further
    ahead, variance = np.array([3.0]), np.array([1.5])
    direct, others = (seen_from_equal(ahead, variance, np.array([battles])) for battles in (60.0, 0.0))
    assert shows_better(*direct, 1).all()
    assert not shows_better(*others, 1).any()


def test_equivalent_is_inside_the_margin_and_better_outside_zero():
    ahead, variance = np.array([0.0, 0.1, 0.5]), np.full(3, 0.0009)
    assert shows_better(ahead, variance, 1).tolist() == [False, False, True]
    assert shows_better(-ahead, variance / 2, 1).tolist() == [False, True, True]
    assert shows_equivalent(ahead, variance, 1, 0.144).tolist() == [True, False, False]


def test_more_power_and_more_rivals_take_more_votes():
    plan = Plan(0.4, math.inf, 0.24, 1)
    assert plan.votes_for_better(0.5) < plan.votes_for_better() < plan.votes_for_better(0.95)
    assert plan.votes_for_better() < Plan(0.4, math.inf, 0.24, 66).votes_for_better()
    assert 250 < plan.votes_for_better() < 400
    assert Plan(0.4, 0.05, 0.24, 1).votes_for_better() < plan.votes_for_better()


def test_what_is_not_so_takes_votes_for_ever():
    margin = 25 / POINTS_PER_LOG_ODDS
    assert Plan(0.0, math.inf, 0.25, 1).votes_for_better() is None
    assert Plan(0.2, math.inf, 0.25, 1).votes_for_equivalent(margin) is None
    near, equal = (Plan(ahead, math.inf, 0.25, 1).votes_for_equivalent(margin) for ahead in (0.07, 0.0))
    assert near > equal > 2000
    assert Plan(-0.07, math.inf, 0.25, 1).votes_for_equivalent(margin) == near


def test_real_votes_decide_about_models_far_apart_alone():
    votes = part_of(board_votes("Bikes"), 0, 900)
    ratings = fit_bradley_terry(tallies_of(votes))
    decisions = [each for each in replayed(votes).decisions if each.kind == BETTER]
    assert decisions
    assert all(ratings.ahead(each.first, each.second)[0] > 0.5 for each in decisions)


@pytest.mark.parametrize(("kind", "points"), [(BETTER, 70.0), (EQUIVALENT, 0.0)])
def test_the_simulation_that_fits_counts_once_judges_as_the_replay_does(kind, points):
    found = when(kind, points, 0.2, votes=600, margin=60.0, repeats=40)
    rng = np.random.default_rng(31)
    likely = 1 / (1 + 10 ** (-points / 400))
    for number, drawn_numbers in zip(found.tolist(), rng.random((40, 600)), strict=True):
        outcomes = np.where(drawn_numbers < likely - 0.1, 0, np.where(drawn_numbers < likely + 0.1, 2, 1))
        votes = VoteSequence(SLUGS[:2], np.zeros(600, dtype=int), np.ones(600, dtype=int), outcomes, 600)
        decisions = replayed(votes, VerdictState(margin=60.0)).decisions
        assert next((each.number for each in decisions if each.kind == kind), np.inf) == number


def test_first_is_who_is_better_than_every_other_ranked_model():
    better = [Decision(BETTER, "amber", other, 9) for other in ("birch", "cedar")]
    assert first_place(better, ["amber", "birch", "cedar"]) == "amber"
    assert first_place(better, ["amber", "birch", "cedar", "dune"]) is None
    assert first_place([*better, Decision(EQUIVALENT, "amber", "dune", 3)], ["amber", "birch", "cedar", "dune"]) is None
    assert first_place(better, ["amber"]) is None


def test_ties_leave_less_to_chance():
    assert information_of_a_vote(0.0, 0.0) == pytest.approx(0.25)
    assert information_of_a_vote(0.0, 0.3) == pytest.approx(0.25 / 0.7)
    assert information_of_a_vote(1.0, 0.0) == pytest.approx(information_of_a_vote(-1.0, 0.0))
    assert information_of_a_vote(1.0, 0.0) < 0.25
