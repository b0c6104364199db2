"""Groups of voters are compared by voters: equal ones seldom differ, small ones are not looked at."""

from dataclasses import replace

import numpy as np
import pytest

from arena.rating.bradley_terry import fit_every_model
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.raters import segments
from arena.rating.raters.discrimination import tallies_of
from arena.rating.raters.segments import LEAST_VOTERS, VoterScores, compare_segments, segment_p_value
from bench.honesty.raters import TASTE_SD, crowd

STRENGTHS = np.linspace(1, -1, 12)


def test_gradients_sum_to_the_pull_of_the_prior() -> None:
    made = crowd(np.random.default_rng(1), STRENGTHS, 600, 10).answers
    scores, fit = VoterScores.of(made), fit_every_model(tallies_of(made))
    pull = 1 / (1 + np.exp(-fit.strengths)) - 0.5
    assert np.abs(scores.gradients.sum(axis=0) - pull).max() < 1e-7
    assert scores.votes.tolist() == [10] * 60


def test_equal_groups_of_voters_with_tastes_are_seldom_called_different() -> None:
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        made = crowd(rng, STRENGTHS, 2_400, 20, taste_sd=TASTE_SD).answers
        found.append(segment_p_value(VoterScores.of(made), np.arange(120) % 2, rng, 199))
    assert 0.01 <= np.mean(np.array(found) <= 0.05) <= 0.1
    # of all sizes alike
    assert abs(np.mean(found) - 0.5) < 0.08


def test_votes_of_one_voter_stay_together_or_chance_would_look_like_a_difference() -> None:
    by_voter, by_vote = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        made = crowd(rng, STRENGTHS, 2_400, 60, taste_sd=2 * TASTE_SD).answers
        alone = replace(made, voters=len(made), voter=np.arange(len(made)))
        by_voter.append(segment_p_value(VoterScores.of(made), np.arange(40) % 2, rng, 99) < 0.05)
        by_vote.append(segment_p_value(VoterScores.of(alone), made.voter % 2, rng, 99) < 0.05)
    assert np.mean(by_voter) < 0.15 < 0.4 < np.mean(by_vote)


def test_a_group_that_likes_one_model_better_is_found_and_says_which() -> None:
    rng = np.random.default_rng(8)
    made = crowd(rng, STRENGTHS, 4_000, 40).answers
    liked = crowd(rng, np.where(np.arange(12) == 7, 1.5, STRENGTHS), 4_000, 40).answers
    own = made.voter % 2 == 1
    both = replace(made, pair=np.where(own, liked.pair, made.pair), value=np.where(own, liked.value, made.value))
    names = ["phone" if voter % 2 else "desktop" for voter in range(100)]
    found = compare_segments(both, names, rng)
    assert found.p_value == 0.001
    assert [(one.name, one.voters, one.votes, one.model) for one in found.segments] == [
        ("desktop", 50, 2000, "m007"),
        ("phone", 50, 2000, "m007"),
    ]
    assert found.segments[0].points < -3 * found.segments[0].error
    assert found.segments[1].points > 3 * found.segments[1].error
    # an equal mixture lies between: each is half of the difference away
    foreseen = (1.5 - STRENGTHS[7]) / 2 * POINTS_PER_LOG_ODDS
    assert abs(found.segments[1].points - foreseen) < 4 * found.segments[1].error


def test_groups_under_twenty_voters_are_left_out() -> None:
    rng = np.random.default_rng(9)
    made = crowd(rng, STRENGTHS, 1_000, 20).answers  # 50 voters
    assert compare_segments(made, ["a"] * 31 + ["b"] * 19, rng) is None
    assert compare_segments(made, ["a"] * 31 + [""] * 19, rng) is None
    found = compare_segments(made, ["a"] * 20 + ["b"] * 20 + ["c"] * 10, rng)
    assert [one.name for one in found.segments] == ["a", "b"]
    assert all(one.voters >= LEAST_VOTERS for one in found.segments)
    again = compare_segments(made, ["a"] * 20 + ["b"] * 20 + ["c"] * 10, np.random.default_rng(1))
    assert again == compare_segments(made, ["a"] * 20 + ["b"] * 20 + ["c"] * 10, np.random.default_rng(1))


def test_of_too_many_voters_so_many_are_drawn_and_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = crowd(np.random.default_rng(3), STRENGTHS, 20_000, 10).answers
    names = ["phone" if voter % 2 else "desktop" for voter in range(2_000)]
    monkeypatch.setattr(segments, "MOST_ELEMENTS", 12 * 300)
    few = compare_segments(made, names, np.random.default_rng(1), 99)
    assert sum(one.voters for one in few.segments) == 300
    assert few == compare_segments(made, names, np.random.default_rng(1), 99)


def test_voters_of_no_group_take_no_room_and_change_nothing() -> None:
    rng = np.random.default_rng(4)
    made = crowd(rng, STRENGTHS, 4_000, 40).answers
    names = ["" if voter % 3 == 2 else "phone" if voter % 3 else "desktop" for voter in range(100)]
    found = compare_segments(made, names, np.random.default_rng(1), 199)
    among = np.array([name != "" for name in names])
    scores = VoterScores.of(made.only(among[made.voter]))
    group = np.array([int(name == "phone") for name in names])[among]
    scores = VoterScores(scores.gradients[among], scores.curvature, scores.votes[among])
    assert found.p_value == segment_p_value(scores, group, np.random.default_rng(1), 199)
    assert [one.voters for one in found.segments] == [34, 33]
