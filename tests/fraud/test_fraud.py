"""Flags on simulated voters: honest ones stay unflagged whatever their ties, rings are found as far as they can be."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from arena.integrity.fraud import Cohort, JudgedVote, find_flags
from bench.rings import (
    MODELS,
    TARGET,
    TIE_OF_SHARE,
    Votes,
    generator,
    honest,
    joined,
    omnipresent,
    tallies_of,
    target_only,
)
from bench.rings import judged as judged_each

VOTER = Cohort("voter", "7")


def judged(votes: Votes, cohorts: tuple[Cohort, ...] = (VOTER,), board: str = "one") -> list[JudgedVote]:
    return judged_each(votes, [cohorts] * len(votes[0]), board)


def flagged_share(cohort_of, trials: int, tie_share: float = 0.0, seed: int = 1) -> Counter:
    """How often each test flags a cohort beside 5,000 honest votes.

    Votes and tests have generators of their own in every trial: where arithmetic differs in its last digit, one trial
    may come out otherwise, and no other.
    """
    flagged = Counter()
    for trial in range(trials):
        others = honest(5000, tie_share, generator(seed, 7, trial // 20 + 1))
        own = cohort_of(generator(seed, 8, trial + 1))
        flags = find_flags(judged(own), {"one": tallies_of(joined(others, own))}, generator(seed, 9, trial + 1))
        flagged.update({flag.test for flag in flags} | ({"any"} if flags else set()))
    return Counter({test: count / trials for test, count in flagged.items()})


@pytest.mark.parametrize("tie_share", sorted(TIE_OF_SHARE))
def test_the_simulated_ties_are_as_many_as_they_are_called(tie_share):
    outcomes = honest(40_000, tie_share, generator(2))[2]
    assert (outcomes == 2).mean() == pytest.approx(tie_share, abs=0.01)


@pytest.mark.parametrize("tie_share", sorted(TIE_OF_SHARE))
def test_honest_voters_are_hardly_ever_flagged_whatever_their_ties(tie_share):
    flagged = flagged_share(lambda rng: honest(60, tie_share, rng), trials=160, tie_share=tie_share)
    # 0.2 % is the level; the bound is far above what chance brings of 160 honest voters
    assert flagged["fisher"] <= 0.0375
    assert flagged["residual"] <= 0.0125


@pytest.mark.parametrize("tie_share", sorted(TIE_OF_SHARE))
def test_large_honest_cohorts_are_hardly_ever_flagged(tie_share):
    flagged = flagged_share(lambda rng: honest(800, tie_share, rng), trials=40, tie_share=tie_share)
    assert flagged["fisher"] <= 0.05
    assert flagged["residual"] == 0


@pytest.mark.parametrize("tie_share", sorted(TIE_OF_SHARE))
def test_an_omnipresent_voter_is_found_within_100_votes(tie_share):
    few = flagged_share(lambda rng: omnipresent(honest(20, tie_share, rng)), 40, tie_share)
    many = flagged_share(lambda rng: omnipresent(honest(100, tie_share, rng)), 40, tie_share)
    assert few["fisher"] >= 0.15
    assert many["any"] >= 0.94


def test_300_omnipresent_votes_among_700_honest_ones_are_always_found():
    flagged = flagged_share(lambda rng: joined(omnipresent(honest(300, 0.1, rng)), honest(700, 0.1, rng)), 25, 0.1)
    assert flagged["any"] == 1


def test_votes_for_the_target_only_are_found_when_they_are_many():
    few = flagged_share(lambda rng: joined(target_only(honest(300, 0.0, rng)), honest(700, 0.0, rng)), 40)
    many = flagged_share(lambda rng: joined(target_only(honest(800, 0.0, rng)), honest(1000, 0.0, rng)), 100)
    assert 0.05 <= few["residual"] <= 0.6
    # Arithmetic differs in its last digits between processors, and with it the draws: so many trials, not few.
    assert many["residual"] >= 0.96


def test_one_voter_for_one_model_is_not_told_from_an_honest_one():
    # what caps are for
    assert flagged_share(lambda rng: target_only(honest(20, 0.0, rng)), 60)["fisher"] <= 0.05


def test_a_flag_says_what_was_found():
    rng = generator(3)
    own = target_only(honest(900, 0.1, rng))
    boards = {"one": tallies_of(joined(honest(5000, 0.1, rng), own))}
    flag = next(flag for flag in find_flags(judged(own), boards, rng) if flag.test == "residual")
    assert (flag.cohort, flag.model, flag.direction) == (VOTER, MODELS[TARGET], 1)
    assert (flag.votes, flag.first_number, flag.last_number) == (900, 1, 900)
    assert flag.p_value < 0.001


def test_votes_against_a_model_are_flagged_with_their_direction():
    rng = generator(4)
    left, right, outcome = honest(900, 0.0, rng)
    own = left, right, np.where(left == TARGET, 1, np.where(right == TARGET, 0, outcome))
    flags = find_flags(judged(own), {"one": tallies_of(joined(honest(5000, 0.0, rng), own))}, rng)
    assert [(flag.model, flag.direction) for flag in flags if flag.test == "residual"] == [(MODELS[TARGET], -1)]


def test_every_cohort_of_a_vote_is_tested_and_the_worst_comes_first():
    rng = generator(5)
    ring, rest = omnipresent(honest(400, 0.1, rng)), honest(5000, 0.1, rng)
    hour = Cohort("hour", "3")
    votes = judged(ring, (Cohort("network", "a"), hour)) + judged(rest, (Cohort("network", "b"), hour))
    flags = find_flags(votes, {"one": tallies_of(joined(ring, rest))}, rng)
    assert {flag.cohort.subject for flag in flags} <= {"a", "3"}
    assert flags[0].cohort == Cohort("network", "a")
    assert [flag.p_value for flag in flags] == sorted(flag.p_value for flag in flags)


def test_the_votes_of_a_cohort_may_lie_on_several_boards():
    rng = generator(6)
    boards, votes = {}, []
    for board in ("one", "two", "three"):
        own = omnipresent(honest(40, 0.1, rng))
        boards[board] = tallies_of(joined(honest(3000, 0.1, rng), own))
        votes += judged(own, board=board)
    assert {flag.votes for flag in find_flags(votes, boards, rng)} == {120}


def test_few_votes_and_young_boards_are_not_judged():
    rng = generator(7)
    own = omnipresent(honest(9, 0.0, rng))
    assert find_flags(judged(own), {"one": tallies_of(joined(honest(5000, 0.0, rng), own))}, rng) == ()
    own = omnipresent(honest(100, 0.0, rng))
    assert find_flags(judged(own), {"one": tallies_of(joined(honest(150, 0.0, rng), own))}, rng) == ()
    assert find_flags([], {}, rng) == ()


def test_the_same_generator_gives_the_same_flags():
    own = omnipresent(honest(60, 0.3, generator(8)))
    boards = {"one": tallies_of(joined(honest(5000, 0.3, generator(9)), own))}
    assert find_flags(judged(own), boards, generator(1)) == find_flags(judged(own), boards, generator(1))


def test_who_calls_many_ties_is_not_odd_for_that():
    rng = generator(10)
    left, right, outcome = honest(200, 0.1, rng)
    many = left, right, np.where(rng.random(200) < 0.3, 2, outcome)
    flags = find_flags(judged(many), {"one": tallies_of(joined(honest(5000, 0.1, rng), many))}, rng)
    assert flags == ()
    never_tied = tallies_of(joined(honest(5000, 0.0, rng), many))
    assert "residual" not in {flag.test for flag in find_flags(judged(many), {"one": never_tied}, rng)}


def test_a_majority_is_not_judged_by_the_rest():
    rng = generator(11)
    ring, rest = omnipresent(honest(1000, 0.0, rng)), honest(3000, 0.0, rng)
    boards = {"one": tallies_of(joined(ring, rest))}
    assert find_flags(judged(rest), boards, rng) == ()
    assert find_flags(judged(ring), boards, rng) != ()
