"""Intervals by voter: a second, plain computation, chunks, and what is withheld."""

import numpy as np
import pytest

from arena.rating import voter_widths
from arena.rating.bradley_terry import curvature_and_score_variance, fit_bradley_terry
from arena.rating.chances import chance
from arena.rating.fit import centred_sandwich
from arena.rating.student import student_quantile
from arena.rating.tallies import Tallies
from arena.rating.voter_widths import ScoresByVoter

MODELS = tuple("abcdef")


def drawn(voters=40, votes=600, unknown=50, seed=3):
    """Votes as rows: voter (-1 for nobody), left, right, outcome 0 to 2; and their tallies."""
    rng = np.random.default_rng(seed)
    who = np.concatenate((rng.integers(0, voters, votes), np.full(unknown, -1)))
    left = rng.integers(0, 6, len(who))
    right = (left + rng.integers(1, 6, len(who))) % 6
    taste = rng.normal(0, 0.6, (voters + 1, 6)) + np.linspace(0.8, -0.8, 6)
    won = rng.random(len(who)) < chance(taste[who, left] - taste[who, right])
    outcome = np.where(rng.random(len(who)) < 0.1, 2, np.where(won, 0, 1))
    counts = np.zeros((3, 6, 6), np.int64)
    np.add.at(counts, (outcome, left, right), 1)
    tallies = Tallies(MODELS, counts[0], counts[1], counts[2], np.zeros((6, 6), np.int64))
    return np.stack((who, left, right, outcome), axis=1), tallies


def scores_of(rows, tallies, fit):
    known = rows[rows[:, 0] >= 0]
    known = known[np.argsort(known[:, 0], kind="stable")]
    scores = ScoresByVoter(tallies, fit)
    scores.add(known[:, 0], known[:, 1], known[:, 2], np.eye(3, dtype=np.int64)[known[:, 3]])
    return scores


def by_hand(rows, tallies, fit):
    """Vote by vote."""
    centred = fit.strengths - fit.strengths.mean()
    battles = np.array([((rows[:, 1] == place) | (rows[:, 2] == place)).sum() for place in range(6)])
    groups: dict[int, list] = {}
    for place, row in enumerate(rows.tolist()):
        groups.setdefault(row[0] if row[0] >= 0 else -1 - place, []).append(row)
    none = np.zeros((6, 6), np.int64)
    curvature = curvature_and_score_variance(tallies.wins, tallies.ties, 1.0, centred)[0]
    variance = curvature_and_score_variance(none, none, 1.0, centred)[1]
    squares = np.zeros(6)
    for who, votes in groups.items():
        score, own = np.zeros(6), np.zeros(6)
        for _, left, right, outcome in votes:
            gained = (1.0, 0.0, 0.5)[outcome] - chance(centred[left] - centred[right])
            score[left] += gained
            score[right] -= gained
            own[[left, right]] += 1
        score = score / (1 - own / battles) if who >= 0 else score
        variance += np.outer(score, score)
        squares += own**2
    freedoms = (battles**2 // squares).astype(int) - 1
    half = np.sqrt(np.diagonal(centred_sandwich(curvature, variance)))
    plain = 1.96 * np.sqrt(np.diagonal(fit.covariance))
    return [student_quantile(freedom) * error / one for freedom, error, one in zip(freedoms, half, plain, strict=True)]


def test_it_is_the_sandwich_of_scores_summed_by_voter():
    rows, tallies = drawn()
    fit = fit_bradley_terry(tallies)
    found = scores_of(rows, tallies, fit).widths()
    assert (found.voters, found.votes) == (40, 600)
    assert found.factors == pytest.approx(by_hand(rows, tallies, fit), rel=1e-9)
    assert np.median(found.factors) > 1.1


def test_chunks_and_the_order_of_voters_change_nothing(monkeypatch):
    rows, tallies = drawn()
    fit = fit_bradley_terry(tallies)
    whole = scores_of(rows, tallies, fit).widths().factors
    monkeypatch.setattr(voter_widths, "ELEMENTS_AT_ONCE", 18)
    assert scores_of(rows, tallies, fit).widths().factors == pytest.approx(whole, rel=1e-12)
    renamed = rows.copy()
    renamed[:, 0] = np.where(rows[:, 0] < 0, -1, 1000 - rows[:, 0])
    assert scores_of(renamed, tallies, fit).widths().factors == pytest.approx(whole, rel=1e-12)


def test_voters_of_one_vote_each_widen_next_to_nothing():
    rows, tallies = drawn(votes=3000, unknown=0)
    rows[:, 0] = np.arange(len(rows))
    factors = scores_of(rows, tallies, fit_bradley_terry(tallies)).widths().factors
    assert factors == pytest.approx(1, abs=0.01)


def test_of_few_voters_and_of_a_model_of_one_voter_nothing_is_known():
    rows, tallies = drawn(voters=4)
    fit = fit_bradley_terry(tallies)
    assert np.isnan(scores_of(rows, tallies, fit).widths().factors).all()
    rows, tallies = drawn(unknown=0)
    rows[(rows[:, 1] == 5) | (rows[:, 2] == 5), 0] = 7
    factors = scores_of(rows, tallies, fit_bradley_terry(tallies)).widths().factors
    assert np.isnan(factors[5])
    assert np.isfinite(factors[:5]).all()
