"""What a board says of prompts like its own: deletions, withheld figures, and the next prompt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.rating import bradley_terry, prompts
from arena.rating.board import rank_board
from arena.rating.bradley_terry import fit_bradley_terry, fit_every_model
from arena.rating.contrasts import better_for_prompts, contrasts, equivalent_for_prompts
from arena.rating.fit import standard_errors
from arena.rating.prompts import (
    CUT_OFF,
    FEW_COMPETITIONS,
    NOT_CONVERGED,
    TOO_LARGE,
    across_prompts,
    delete_each,
    fit_scenes,
    new_prompt,
)
from arena.rating.student import student_quantile
from arena.rating.tallies import Tallies
from bench.honesty.spreads import held_out
from bench.honesty.worlds import PROMPT_SD, even, uneven
from tests.rating.factories import SLUGS, make_ring, make_row, make_tallies, rows, steady
from tests.rating.lightfield import scene_tallies


def deletions_of(parts):
    return delete_each(parts, fit_bradley_terry(Tallies.merge(parts)))


def make_parts(several, **counts):
    return [make_tallies(*make_ring(SLUGS[:3], **counts)) for _ in range(several)]


@steady
@given(st.lists(rows(), min_size=2, max_size=5))
def test_each_deletion_is_the_fit_of_the_others_about_the_mean_of_the_whole_board(listed):
    parts = [make_tallies(*part, *make_ring(SLUGS, won=1, lost=1)) for part in listed]
    found = deletions_of(parts)
    for place, without in enumerate(found.without):
        rest = fit_every_model(Tallies.merge([*parts[:place], *parts[place + 1 :]]))
        assert without == pytest.approx(rest.strengths - rest.strengths.mean(), abs=1e-9)
    assert not found.cut_off.any()
    assert found.met.all()


def test_where_all_are_in_every_competition_it_is_the_plain_jackknife():
    parts = even(4, 6, 80, PROMPT_SD).drawn(np.random.default_rng(3))
    found = deletions_of(parts)
    variance = 5 / 6 * ((found.without - found.strengths) ** 2).sum(axis=0)
    assert found.ratings.errors == pytest.approx(np.sqrt(variance))
    assert found.ratings.half_widths() == pytest.approx(2.5706 * np.sqrt(variance), rel=1e-4)
    apart = found.without[:, 0] - found.without[:, 3] - (found.strengths[0] - found.strengths[3])
    assert contrasts(found).errors[0, 3] == pytest.approx(np.sqrt(5 / 6 * (apart**2).sum()))
    assert (contrasts(found).figures == -contrasts(found).figures.T).all()


def test_each_competition_counts_by_how_many_the_two_share():
    parts = list(scene_tallies().values())
    found = deletions_of(parts)
    moved = found.without - found.strengths
    for i, j in ((0, 8), (3, 30), (6, 40 % len(found.models))):
        both = found.met[:, i] & found.met[:, j]
        share = np.where(both, 1 - 1 / max(both.sum(), 1), 1 - 1 / len(parts))
        assert contrasts(found).competitions[i, j] == both.sum()
        assert contrasts(found).errors[i, j] ** 2 == pytest.approx((share * (moved[:, i] - moved[:, j]) ** 2).sum())


def test_under_five_competitions_there_is_no_interval():
    parts = [*make_parts(5), make_tallies(make_row("amber", "dune", won=3, lost=3))]
    ratings = deletions_of(parts).ratings
    assert ratings.competitions.tolist() == [6, 5, 5, 1]
    assert ratings.withheld.tolist()[:3] == ["", "", ""]
    assert np.isinf(ratings.half_widths()).tolist() == [False, False, False, True]
    few = deletions_of(make_parts(4)).ratings
    assert set(few.withheld.tolist()) == {FEW_COMPETITIONS}


def test_a_model_that_one_competition_alone_links_to_the_rest_is_withheld():
    lonely = [make_tallies(make_row("dune", "ember", won=2, lost=2)) for _ in range(5)]
    bridge = make_tallies(make_row("amber", "dune", won=3, lost=2))
    found = deletions_of([*make_parts(6), *lonely, bridge])
    assert found.ratings.withheld.tolist() == ["", "", "", CUT_OFF, CUT_OFF]
    assert np.isfinite(found.ratings.half_widths()).tolist() == [True, True, True, False, False]
    assert contrasts(found).withheld[0, 3] == CUT_OFF


def test_a_newcomer_in_one_competition_makes_the_others_no_less_sure():
    parts = even(3, 6, 60, PROMPT_SD).drawn(np.random.default_rng(5))
    newcomer = make_row("zinc", parts[5].models[0], won=12)
    before = deletions_of(parts).ratings.half_widths()
    ratings = deletions_of([*parts[:5], Tallies.merge([parts[5], make_tallies(newcomer)])]).ratings
    assert ratings.withheld.tolist() == ["", "", "", CUT_OFF]
    assert ratings.half_widths()[:3] == pytest.approx(before, rel=0.1)


def test_a_model_with_all_the_others_hanging_on_it_is_withheld_with_them():
    spokes = [make_tallies(make_row("amber", f"spoke-{number}", won=4, lost=3)) for number in range(6)]
    ratings = deletions_of(spokes).ratings
    assert ratings.competitions[0] == 6
    assert set(ratings.withheld.tolist()) == {CUT_OFF}


def test_what_is_not_on_the_board_moves_nothing():
    aside = make_tallies(make_row("yew", "zinc", won=2, lost=1))
    parts = even(3, 5, 60, PROMPT_SD).drawn(np.random.default_rng(4))
    alone, beside = deletions_of(parts), deletions_of([*parts, aside])
    assert beside.models == alone.models
    assert beside.without[:5] == pytest.approx(alone.without)
    assert len(beside.without) == 5
    assert not fit_scenes([aside], fit_bradley_terry(Tallies.merge(parts))).linked.any()


@pytest.mark.parametrize(
    "aside", [make_tallies(make_row("yew", "zinc", won=2, lost=1)), make_tallies(make_row("amber", "birch"))]
)
def test_competitions_without_battles_of_the_board_make_nothing_surer(aside):
    parts = uneven(list(scene_tallies().values()), 1900, PROMPT_SD).drawn(np.random.default_rng(8))
    widths = []
    for several in (parts, [*parts, aside, aside]):
        fit = fit_bradley_terry(Tallies.merge(several))
        ratings = delete_each(several, fit).ratings
        foreseen = new_prompt(fit, ratings, fit_scenes(several, fit))
        widths.append(np.stack((ratings.half_widths(), foreseen.half_widths())))
    assert widths[1] == pytest.approx(widths[0], abs=1e-9)


def test_slices_change_nothing(monkeypatch):
    parts = list(scene_tallies().values())
    fit = fit_bradley_terry(Tallies.merge(parts))
    whole, scenes = delete_each(parts, fit), fit_scenes(parts, fit)
    monkeypatch.setattr(prompts, "ELEMENTS_AT_ONCE", 3 * len(fit.models) ** 2)
    sliced = delete_each(parts, fit)
    assert sliced.without == pytest.approx(whole.without, abs=1e-9)
    assert (sliced.met == whole.met).all()
    assert fit_scenes(parts, fit).between == pytest.approx(scenes.between)


def test_a_scene_is_the_fit_of_its_own_votes():
    parts = list(scene_tallies().values())
    scenes = fit_scenes(parts, fit_bradley_terry(Tallies.merge(parts)))
    for place, part in enumerate(parts[:4]):
        alone = fit_bradley_terry(part)
        linked = scenes.linked[place]
        assert scenes.strengths[place][linked] == pytest.approx(alone.strengths - alone.strengths.mean(), abs=1e-9)
        assert np.sqrt(scenes.variances[place][linked]) == pytest.approx(standard_errors(alone.covariance), abs=1e-9)


def test_prompts_that_differ_by_votes_alone_have_no_variance_between_them():
    rng = np.random.default_rng(6)
    found = []
    for sd in (0.0, PROMPT_SD):
        parts = even(12, 12, 1000, sd).drawn(rng)
        found.append(np.sqrt(fit_scenes(parts, fit_bradley_terry(Tallies.merge(parts))).between))
    assert found[0] < 0.1
    assert found[1] == pytest.approx(PROMPT_SD, rel=0.2)


def test_a_new_prompt_is_less_sure_than_the_board_and_withheld_where_that_is():
    parts = list(scene_tallies().values())
    fit = fit_bradley_terry(Tallies.merge(parts))
    ratings, scenes = delete_each(parts, fit).ratings, fit_scenes(parts, fit)
    foreseen = new_prompt(fit, ratings, scenes)
    assert (foreseen.errors**2 > scenes.between + np.diagonal(fit.covariance)).all()
    assert foreseen.half_widths() == pytest.approx(foreseen.errors * student_quantile(13))
    few = make_parts(3)
    fit = fit_bradley_terry(Tallies.merge(few))
    assert np.isinf(new_prompt(fit, delete_each(few, fit).ratings, fit_scenes(few, fit)).half_widths()).all()


@pytest.mark.parametrize(
    ("module", "bound", "value", "reason"),
    [(prompts, "MOST_WORK", 10**6, TOO_LARGE), (bradley_terry, "MAX_STEPS", 1, NOT_CONVERGED)],
)
def test_a_board_whose_deletions_cannot_be_fitted_keeps_its_ratings_and_says_why(
    monkeypatch, module, bound, value, reason
):
    parts = list(scene_tallies().values())
    board = rank_board(Tallies.merge(parts))
    whole = {row.model: row for row in across_prompts(board, parts).rows}
    monkeypatch.setattr(module, bound, value)
    for row in across_prompts(board, parts).rows:
        assert (row.prompts_lower, row.new_prompt_upper, row.prompts_withheld) == (None, None, reason)
        known = whole[row.model]
        assert (row.rating, row.lower) == (known.rating, known.conditional_lower)
        assert row.competitions == known.competitions


def test_the_bounds_for_prompts_like_these_are_those_shown_and_ranked_by():
    parts = list(scene_tallies().values())
    board = rank_board(Tallies.merge(parts))
    rows = across_prompts(board, parts).rows
    for before, row in zip(board.rows, rows, strict=True):
        assert (before.lower, before.upper) == (row.conditional_lower, row.conditional_upper)
        assert (row.lower, row.upper) == (row.prompts_lower, row.prompts_upper)
        assert row.rank == before.rank
        assert row.rank_best == 1 + sum(other.lower > row.upper for other in rows)
        assert row.rank_worst == len(rows) - sum(other.upper < row.lower for other in rows)
    assert sum(row.rank_worst - row.rank_best for row in rows) > sum(
        row.rank_worst - row.rank_best for row in board.rows
    )


def test_the_order_of_competitions_changes_no_digit():
    parts = list(scene_tallies().values())
    board = rank_board(Tallies.merge(parts))
    nothing = make_tallies()
    assert across_prompts(board, [nothing, *reversed(parts)]).rows == across_prompts(board, parts).rows


def test_held_out_scenes_fall_where_the_others_foresee():
    inside, spread = held_out(list(scene_tallies().values()))
    assert inside.is_met
    assert spread.is_met


def test_a_verdict_for_prompts_like_these_asks_more_than_the_interval():
    parts = even(4, 12, 400, 0.1).drawn(np.random.default_rng(7))
    of_pairs = contrasts(deletions_of(parts))
    better, alike = better_for_prompts(of_pairs), equivalent_for_prompts(of_pairs, 0.4)
    assert better[0, 3]
    assert not better[3, 0]
    assert not (better & better.T).any()
    assert not alike[0, 3]
    assert (better <= (of_pairs.figures > of_pairs.half_widths())).all()
    assert not better_for_prompts(contrasts(deletions_of(parts[:4]))).any()
    assert not equivalent_for_prompts(contrasts(deletions_of(parts[:4])), 100.0)[0, 3]


def test_a_board_without_battles_has_nothing_to_say():
    found = deletions_of([make_tallies()])
    assert found.ratings.half_widths().shape == (0,)
    assert contrasts(found).half_widths().shape == (0, 0)
    assert fit_scenes([make_tallies()], fit_bradley_terry(make_tallies())).between == 0


@pytest.mark.parametrize(
    ("freedom", "outside", "known"),
    [
        (1, 0.05, 12.7062),
        (2, 0.05, 4.30265),
        (4, 0.05, 2.77645),
        (5, 0.01, 4.03214),
        (11, 0.05, 2.20099),
        (13, 0.001, 4.22083),
        (120, 0.05, 1.97993),
    ],
)
def test_student_quantiles_are_those_of_the_tables(freedom, outside, known):
    assert student_quantile(freedom, outside) == pytest.approx(known, abs=1e-5)


@pytest.mark.parametrize(("freedom", "outside"), [(0, 0.05), (3, 0.0), (3, 1.0)])
def test_no_quantile_without_a_degree_of_freedom(freedom, outside):
    with pytest.raises(ValueError, match="freedom"):
        student_quantile(freedom, outside)
