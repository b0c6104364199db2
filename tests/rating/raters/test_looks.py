"""What of a lead goes with the pictures' looks is found where it was put, and withheld where it cannot be known."""

import tracemalloc

import numpy as np
import pytest

from arena.rating.bradley_terry import climb
from arena.rating.chances import chance, prior_curvature, prior_slope
from arena.rating.raters import looks as rater_looks
from arena.rating.raters.answers import BETTER, WORSE, Answers
from arena.rating.raters.looks import COVARIATES, FEW_PICTURES, LEAST_COMPETITIONS, NO_LEAD, explain_lead

MODELS = 6
LEADER = "m0"


def world(seed: int, competitions: int, *, lead: float, sharper: float, effect: float, votes: int = 300):
    """The leader is `lead` stronger by itself, `sharper` by standard deviations of pictures worth `effect` each."""
    rng = np.random.default_rng(seed)
    looks = rng.normal(0, 1, (competitions, MODELS, len(COVARIATES)))
    looks[:, 0, 0] += sharper
    looks[:, :, 4] = 1.0  # all of one aspect
    strength = np.zeros((competitions, MODELS)) + effect * looks[:, :, 0] + rng.normal(0, 0.3, (competitions, MODELS))
    strength[:, 0] += lead
    one, other = np.triu_indices(MODELS, 1)
    pairs = len(one)
    pair = rng.integers(pairs, size=(competitions, votes))
    ahead = np.take_along_axis(strength[:, one] - strength[:, other], pair, axis=1)
    value = np.where(rng.random(pair.shape) < 1 / (1 + np.exp(-ahead)), BETTER, WORSE)
    place = (np.arange(competitions)[:, None] * pairs + pair).ravel()
    entry = np.arange(competitions)[:, None] * MODELS
    entries = np.stack(((entry + one).ravel(), (entry + other).ravel()), axis=1)
    answers = Answers(
        tuple(f"m{number}" for number in range(MODELS)),
        1,
        np.zeros(len(place), np.int64),
        place,
        np.tile(one, competitions),
        np.tile(other, competitions),
        value.ravel(),
        np.zeros(len(place), np.bool_),
        entries,
    )
    measured = np.stack((looks[:, one], looks[:, other]), axis=2).reshape(-1, 2, len(COVARIATES))
    return answers, np.repeat(np.arange(competitions), pairs), measured


def test_half_of_a_lead_is_found_to_be_sharpness() -> None:
    worlds = [explain_lead(*world(seed, 12, lead=0.6, sharper=1.0, effect=0.6), LEADER) for seed in range(60)]
    told = [found for found in worlds if not found.withheld]
    assert len(told) >= 55
    assert np.mean([found.share for found in told]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([found.lower <= 0.5 <= found.upper for found in told]) > 0.88
    found = told[0]
    sharpness = found.effects[0]
    assert [effect.covariate for effect in found.effects] == list(COVARIATES[:4])  # all have one aspect
    assert sharpness.lower < sharpness.points < sharpness.upper
    assert (found.competitions, found.entries) == (12, 72)


def test_looks_that_nobody_votes_for_explain_nothing() -> None:
    shares = [explain_lead(*world(seed, 12, lead=1.0, sharper=1.0, effect=0.0), LEADER) for seed in range(20)]
    assert np.mean([found.share for found in shares]) == pytest.approx(0.0, abs=0.05)
    assert sum(found.lower <= 0 <= found.upper for found in shares) >= 17


def test_a_share_is_withheld_of_few_pictures_and_of_no_lead() -> None:
    few = explain_lead(*world(1, LEAST_COMPETITIONS - 1, lead=1.0, sharper=1.0, effect=0.5), LEADER)
    assert (few.withheld, few.share, few.competitions) == (FEW_PICTURES, None, 4)
    none = explain_lead(*world(1, 12, lead=0.0, sharper=0.0, effect=0.5), LEADER)
    assert (none.withheld, none.share) == (NO_LEAD, None)
    assert none.effects[0].lower > 0
    answers, competition, measured = world(1, 12, lead=1.0, sharper=1.0, effect=0.5)
    assert explain_lead(answers, competition, measured, "gone").withheld == FEW_PICTURES
    measured[competition > 2] = np.nan  # not measured yet
    assert explain_lead(answers, competition, measured, LEADER).competitions == 3
    assert explain_lead(Answers.from_rows([]), np.zeros(0), np.zeros((0, 2, 5)), LEADER).entries == 0


def test_many_competitions_are_left_out_in_groups() -> None:
    found = explain_lead(*world(3, 120, lead=0.6, sharper=1.0, effect=0.6, votes=60), LEADER)
    assert found.lower < 0.5 < found.upper
    assert found.upper - found.lower < 0.3


def made_duels(models: int, pairs: int) -> rater_looks._Duels:
    rng = np.random.default_rng(models)
    first = rng.integers(models, size=pairs)
    second = (first + rng.integers(1, models, pairs)) % models
    battles = rng.integers(1, 4, pairs).astype(float)
    points = battles * rng.uniform(size=pairs)
    more = rng.normal(size=(pairs, len(COVARIATES)))
    return rater_looks._Duels(models, first, second, points, battles, np.arange(pairs) % 7, more)


def test_sums_by_pair_give_the_fit_of_the_whole_design() -> None:
    duels = made_duels(8, 300)
    weights = (duels.competition != 2).astype(float)
    design = np.zeros((300, 8 + len(COVARIATES)))
    design[np.arange(300), duels.first], design[np.arange(300), duels.second] = 1, -1
    design[:, 8:] = duels.more

    def system(x):
        likely = chance(design @ x)
        gradient = design.T @ (weights * (duels.points - duels.battles * likely))
        curvature = (design * (weights * duels.battles * likely * (1 - likely))[:, None]).T @ design
        slope = np.concatenate((prior_slope(1.0, x[:8]), -x[8:] / rater_looks.EFFECT_SPREAD**2))
        bend = np.concatenate((prior_curvature(1.0, x[:8]), np.full(len(x) - 8, 1 / rater_looks.EFFECT_SPREAD**2)))
        return gradient + slope, curvature + np.diag(bend)

    plain, beside = rater_looks._fits(duels, weights, 1.0)
    assert beside == pytest.approx(climb(system, np.zeros(design.shape[1]))[0], abs=1e-10)
    again = rater_looks._fits(duels, weights, 1.0, rater_looks._fits(duels, np.ones(300), 1.0))
    assert np.concatenate(again) == pytest.approx(np.concatenate((plain, beside)), abs=1e-10)


def test_many_pairs_of_many_models_take_no_array_of_both() -> None:
    duels = made_duels(200, 20_000)
    tracemalloc.start()
    try:
        rater_looks._fits(duels, np.ones(20_000), 1.0)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20_000 * 200 * 8 / 3  # a design alone would be three times as many bytes
