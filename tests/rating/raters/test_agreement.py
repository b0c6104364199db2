"""Krippendorff's α against the package of that name; agreement and consistency against plain arithmetic."""

import krippendorff
import numpy as np
import pytest

from arena.rating.bradley_terry import fit_every_model
from arena.rating.raters.agreement import (
    NOMINAL,
    ORDINAL,
    agreement_without,
    alpha,
    alpha_of,
    self_consistency,
)
from arena.rating.raters.answers import NOBODY, Answers, first_answers
from arena.rating.tallies import OUTCOMES, Tallies

MODELS = ("amber", "birch", "cedar", "dune", "elm")


def drawn(seed: int, voters: int = 8, votes: int = 200, unknown: float = 0.0) -> tuple[list[tuple], Answers]:
    """Votes between five entries of five models."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(votes):
        left, right = rng.choice(len(MODELS), 2, replace=False).tolist()
        who = None if rng.random() < unknown else int(rng.integers(voters))
        rows.append((who, left, right, MODELS[left], MODELS[right], OUTCOMES[rng.integers(len(OUTCOMES))]))
    return rows, Answers.from_rows(rows)


@pytest.mark.parametrize("metric", [NOMINAL, ORDINAL])
def test_alpha_is_that_of_the_package_on_a_thousand_tables(metric: str) -> None:
    rng = np.random.default_rng(0)
    compared, furthest = 0, 0.0
    while compared < 1000:
        raters, units, values = rng.integers(2, 9), rng.integers(2, 30), rng.integers(2, 6)
        table = rng.integers(values, size=(raters, units)).astype(float)
        # some who agree, some who leave out
        table = np.where(rng.random((raters, units)) < rng.random(), table[0], table)
        table[rng.random((raters, units)) < rng.random() * 0.8] = np.nan
        counts = (table.T[..., None] == np.arange(values)).sum(axis=1).astype(float)
        mine = alpha_of(counts, metric)
        told = counts[counts.sum(axis=1) > 1].sum(axis=0)
        if (told > 0).sum() < 2:
            assert mine is None
            continue
        theirs = krippendorff.alpha(value_counts=counts.astype(int), level_of_measurement=metric)
        furthest = max(furthest, abs(mine - theirs))
        compared += 1
    assert furthest < 1e-12


def test_alpha_of_votes_turns_outcomes_to_one_order_and_takes_both_bad_as_a_tie() -> None:
    rows = [
        ("ann", 1, 2, "a", "b", "left"),
        ("bob", 2, 1, "b", "a", "right"),
        ("cid", 1, 2, "a", "b", "right"),
        ("ann", 1, 3, "a", "c", "tie"),
        ("bob", 3, 1, "c", "a", "both_bad"),
        ("cid", 3, 1, "c", "a", "left"),
        # said again, by nobody known, and of a pair that one judged: none of them counts
        ("ann", 1, 2, "a", "b", "right"),
        (None, 1, 2, "a", "b", "right"),
        ("dan", 2, 3, "b", "c", "left"),
    ]
    found = alpha(Answers.from_rows(rows), np.random.default_rng(1))
    counts = np.array([[1, 0, 2], [1, 2, 0]])
    counts = np.concatenate((counts, counts[:, ::-1]))  # every pair in both orders
    for metric, figure in ((NOMINAL, found.nominal), (ORDINAL, found.ordinal)):
        assert figure == pytest.approx(krippendorff.alpha(value_counts=counts, level_of_measurement=metric), abs=1e-12)
    assert (found.units, found.raters, found.answers) == (2, 3, 6)
    assert found.nominal_lower is None  # of two pairs


def test_the_interval_holds_alpha_repeats_its_digits_and_does_not_agree_with_copies() -> None:
    rows, answers = drawn(3, voters=12, votes=400)
    one, again = (alpha(answers, np.random.default_rng(7), 200) for _ in range(2))
    assert one == again
    assert one.nominal_lower < 0 < one.nominal_upper  # they answered by chance
    assert one.nominal_lower < one.nominal < one.nominal_upper
    assert one.ordinal_lower < one.ordinal < one.ordinal_upper
    agreeing = [(who, min(a, b), max(a, b), *sorted((m, n)), "left") for who, a, b, m, n, _ in rows]
    mixed = [(*row[:5], "right") if place % 7 == 0 else row for place, row in enumerate(agreeing)]
    # all say the same of all pairs, or six of seven do: which entry is called the first does not matter
    assert alpha(Answers.from_rows(agreeing), np.random.default_rng(7), 50).nominal == 1
    most = alpha(Answers.from_rows(mixed), np.random.default_rng(7), 50)
    assert most.nominal_lower < 0.5 < most.nominal_upper
    turned = [(row[0], -row[1], -row[2], *row[3:]) for row in mixed]
    assert alpha(Answers.from_rows(turned), np.random.default_rng(7), 0).ordinal == pytest.approx(most.ordinal)


def test_alpha_intervals_cover_the_alpha_of_all_raters_and_units() -> None:
    """Raters with an accuracy of their own, units with a difficulty: the interval holds the whole's."""

    def world(rng: np.random.Generator, raters: int, units: int) -> Answers:
        right = rng.integers(2, size=units)
        care, ease = rng.uniform(0.55, 0.95, raters), rng.uniform(0.6, 1.0, units)
        rows = []
        for unit in range(units):
            for rater in rng.choice(raters, min(raters, 6), replace=False).tolist():
                correct = rng.random() < care[rater] * ease[unit]
                rows.append(
                    (rater, 2 * unit, 2 * unit + 1, "a", "b", "left" if correct == (right[unit] == 1) else "right")
                )
        return Answers.from_rows(rows)

    truth = alpha(world(np.random.default_rng(0), 400, 20_000), np.random.default_rng(0), 0).nominal
    inside = 0
    for seed in range(100):
        found = alpha(world(np.random.default_rng(seed + 1), 25, 60), np.random.default_rng(seed), 200)
        inside += found.nominal_lower <= truth <= found.nominal_upper
    assert inside >= 88


def test_agreement_is_with_the_board_of_everybody_else() -> None:
    rows, answers = drawn(5, unknown=0.2)
    found = agreement_without(answers, np.arange(answers.voters))
    for code in range(answers.voters):
        who = next(row[0] for row, told in zip(rows, answers.voter.tolist(), strict=True) if told == code)
        others = [
            (left, right, *(int(outcome == name) for name in OUTCOMES))
            for voter, _, _, left, right, outcome in rows
            if voter != who
        ]
        fit = fit_every_model(Tallies.from_rows(others))
        strength = dict(zip(fit.models, fit.strengths.tolist(), strict=True))
        own = [row for row in rows if row[0] == who and row[5] in {"left", "right"}]
        agreed = sum((strength[row[3]] > strength[row[4]]) == (row[5] == "left") for row in own)
        assert (found.decided[code], found.agreed[code]) == (len(own), agreed)
        ahead = np.array([abs(strength[row[3]] - strength[row[4]]) for row in own])
        assert found.expected[code] == pytest.approx((1 / (1 + np.exp(-ahead))).sum(), rel=1e-9)
    assert np.isfinite(found.distance).all()


def test_consistency_is_of_pairs_seen_again_with_sides_exchanged() -> None:
    rows = [
        ("ann", 1, 2, "a", "b", "left"),
        ("ann", 2, 1, "b", "a", "right"),  # the same picture
        ("ann", 3, 4, "c", "d", "left"),
        ("ann", 4, 3, "d", "c", "left"),  # the same side
        ("ann", 1, 3, "a", "c", "tie"),
        ("ann", 1, 3, "a", "c", "left"),  # sides as before: says nothing
        ("bob", 2, 1, "b", "a", "left"),
        (None, 1, 2, "a", "b", "left"),
        (None, 2, 1, "b", "a", "left"),
    ]
    found = self_consistency(Answers.from_rows(rows))
    assert (found.repeated.tolist(), found.same.tolist()) == ([2, 0], [1, 0])
    assert (found.stayed_left.tolist(), found.stayed_right.tolist()) == ([1, 0], [0, 0])


def test_first_answers_keep_all_of_nobody_known() -> None:
    _, answers = drawn(9, voters=3, votes=100, unknown=0.5)
    told = first_answers(answers)
    known = told.voter != NOBODY
    assert (~known).sum() == (answers.voter == NOBODY).sum()
    assert len(set(zip(told.voter[known].tolist(), told.pair[known].tolist(), strict=True))) == known.sum()
    nothing = Answers.from_rows([])
    assert (len(nothing), nothing.pairs, len(first_answers(nothing))) == (0, 0, 0)
    assert alpha(nothing, np.random.default_rng(0)).nominal is None
