"""Pair drawing: the weights, the rule for newcomers, and how soon a newcomer settles."""

from __future__ import annotations

import itertools
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given

from arena.rating.bradley_terry import fit_every_model
from arena.rating.tallies import Tallies
from arena.voting.drawing import PairWeights, TooFewModels, draw, variance_reductions, weigh_pairs
from tests.rating.factories import SLUGS, make_ring, make_row, make_tallies, rows, steady


def generator(seed: int = 7) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_chances_follow_the_formula():
    tallies = make_tallies(*make_ring(SLUGS[:4], won=9, lost=4), make_row(won=30, lost=20))
    weights, fit = weigh_pairs(tallies, SLUGS[:4]), fit_every_model(tallies)
    x, c, square = fit.strengths, fit.covariance, fit.covariance @ fit.covariance
    learnt = {}
    for i, j in weights.pairs:
        p = 1 / (1 + np.exp(x[j] - x[i]))
        w, d = p * (1 - p), c[i, i] + c[j, j] - 2 * c[i, j]
        learnt[i, j] = (w * (square[i, i] + square[j, j] - 2 * square[i, j]) / (1 + w * d)) ** 2
    total = sum(learnt.values())
    for place, pair in enumerate(weights.pairs):
        assert weights.probabilities[place] == pytest.approx(0.9 * learnt[pair] / total + 0.1 / 6)
    # the pair seen fifty times teaches less than any of its neighbours
    assert weights.probability("birch", "amber") < weights.probability("birch", "cedar")


def test_the_reduction_is_what_one_more_vote_takes_from_the_model_based_variance():
    rng = generator()
    root = rng.normal(size=(4, 4))
    information = root @ root.T + np.eye(4)
    estimate = fit_every_model(make_tallies(*make_ring(SLUGS[:4])))
    covariance = np.linalg.inv(information)
    reductions = variance_reductions(type(estimate)(**{**vars(estimate), "covariance": covariance}))
    x, u = estimate.strengths, np.array([1.0, 0, -1.0, 0])
    p = 1 / (1 + np.exp(x[2] - x[0]))
    after = np.linalg.inv(information + p * (1 - p) * np.outer(u, u))
    assert reductions[0, 2] == pytest.approx(np.trace(covariance) - np.trace(after))


def drawn_pair(weights: PairWeights, rng: np.random.Generator) -> tuple[str, str, float]:
    """Two models and the chance with which they came."""
    drawn = draw(weights.probabilities, rng.random())
    first, second = weights.pairs[drawn.place]
    return weights.models[first], weights.models[second], drawn.probability


def test_draws_come_as_often_as_their_chance_says():
    weights = weigh_pairs(make_tallies(*make_ring(SLUGS[:4], won=9, lost=4), make_row(won=30, lost=20)), SLUGS[:4])
    rng = generator()
    draws = [drawn_pair(weights, rng) for _ in range(20_000)]
    seen = Counter(frozenset(pair) for *pair, _ in draws)
    for first, second, probability in draws[:200]:
        p = weights.probability(first, second)
        assert probability == pytest.approx(p)
        assert seen[frozenset((first, second))] == pytest.approx(20_000 * p, abs=4 * (20_000 * p) ** 0.5)


def test_before_any_vote_every_pair_is_as_likely():
    weights = weigh_pairs(make_tallies(), SLUGS)
    assert weights.probabilities == pytest.approx([1 / 15] * 15)


def test_a_newcomer_is_in_nine_of_ten_draws_and_no_pair_is_forgotten():
    weights = weigh_pairs(make_tallies(*make_ring(SLUGS[:5], won=50, lost=40)), SLUGS)
    newcomer = sum(weights.probability("fjord", other) for other in SLUGS[:5])
    assert newcomer == pytest.approx(0.9 + 0.1 * 5 / 15)
    assert min(weights.probabilities) >= 0.1 / 15 - 1e-12


def test_groups_that_never_met_are_joined_first():
    tallies = make_tallies(*make_ring(SLUGS[:3], won=50, lost=40), *make_ring(SLUGS[3:], won=50, lost=40))
    weights = weigh_pairs(tallies, SLUGS)
    across = sum(weights.probability(a, b) for a in SLUGS[:3] for b in SLUGS[3:])
    assert across == pytest.approx(0.9 + 0.1 * 9 / 15)


def test_models_that_are_no_longer_drawn_still_join_others():
    listed = [make_row(retired, other, won=20, lost=15) for retired in ("zinc",) for other in SLUGS]
    weights = weigh_pairs(make_tallies(*listed), SLUGS)
    assert weights.models == tuple(SLUGS)
    assert len(weights.pairs) == 15
    assert max(weights.probabilities) < 0.2


def test_two_models_are_always_the_pair_and_one_is_none():
    drawn = drawn_pair(weigh_pairs(make_tallies(make_row(won=3)), SLUGS[:2]), generator())
    assert drawn == ("amber", "birch", 1)
    for models in ([], ["amber"], ["amber", "amber"]):
        with pytest.raises(TooFewModels, match="a pair takes two"):
            weigh_pairs(make_tallies(make_row(won=3)), models)


@steady
@given(rows())
def test_chances_sum_to_one_whatever_was_voted(listed):
    weights = weigh_pairs(make_tallies(*listed), SLUGS)
    assert sum(weights.probabilities) == pytest.approx(1)
    assert min(weights.probabilities) > 0.1 / 15 - 1e-12


def votes_until_settled(drawn_by: str, seed: int, standard_error: float = 0.25) -> int:
    """Votes on the whole board until a newcomer among 15 known models has this standard error, in log odds."""
    rng = generator(seed)
    models = [f"m{number:02}" for number in range(16)]
    strengths = dict(zip(models, rng.permutation(np.linspace(-1, 1, 16)), strict=True))
    known = [make_row(a, b, won=4, lost=4) for a in models[1:] for b in models[1:] if a < b]
    tallies, votes = Tallies.from_rows(known, models=models), 0
    while True:
        weights = weigh_pairs(tallies, models)
        cast = []
        for _ in range(20):
            left, right = (
                drawn_pair(weights, rng)[:2] if drawn_by == "teaching" else rng.choice(models, 2, replace=False)
            )
            left_wins = rng.random() < 1 / (1 + np.exp(strengths[right] - strengths[left]))
            cast.append(make_row(str(left), str(right), won=int(left_wins), lost=int(not left_wins)))
        tallies = Tallies.merge([tallies, make_tallies(*cast)])
        votes += len(cast)
        fit = fit_every_model(tallies)
        if fit.covariance[0, 0] < standard_error**2:
            return votes


def test_a_newcomer_settles_with_about_a_quarter_of_the_votes_that_uniform_drawing_needs():
    taught, uniform = (
        sum(votes_until_settled(drawn_by, seed) for seed in range(4)) for drawn_by in ("teaching", "uniform")
    )
    assert taught < 0.33 * uniform


def test_a_draw_from_200_models_costs_far_less_than_5_ms():
    rng = generator()
    models = [f"m{number:03}" for number in range(200)]
    weights = weigh_pairs(make_tallies(*(make_row(a, b, won=3, lost=2) for a, b in itertools.pairwise(models))), models)
    started = time.perf_counter()
    for _ in range(1000):
        drawn_pair(weights, rng)
    assert (time.perf_counter() - started) / 1000 < 0.003
