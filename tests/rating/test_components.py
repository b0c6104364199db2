"""Who can be compared with whom."""

from __future__ import annotations

from itertools import product

from hypothesis import given

from arena.rating.components import connected_components, is_strongly_connected, scoring_groups
from arena.rating.tallies import Tallies
from tests.rating.factories import make_ring, make_row, make_tallies, rows, steady


def chains(tallies: Tallies) -> set[tuple[str, str]]:
    """Who reaches whom by scoring, by Warshall's plain loops."""
    scores, models = tallies.scores, tallies.models
    reached = {(a, b) for (i, a), (j, b) in product(enumerate(models), repeat=2) if i == j or scores[i, j] > 0}
    for middle, start, end in product(models, repeat=3):
        if (start, middle) in reached and (middle, end) in reached:
            reached.add((start, end))
    return reached


def test_the_component_with_most_models_comes_first():
    tallies = make_tallies(
        make_row("amber", "birch", won=99), make_row("cedar", "dune", tie=1), make_row("dune", "ember", lost=1)
    )
    assert connected_components(tallies) == (("cedar", "dune", "ember"), ("amber", "birch"))


def test_of_equal_components_the_one_with_most_battles_comes_first():
    tallies = make_tallies(make_row("amber", "birch", won=3), make_row("cedar", "dune", both_bad=4))
    assert connected_components(tallies) == (("cedar", "dune"), ("amber", "birch"))


def test_of_components_equal_in_all_else_the_first_slug_comes_first():
    tallies = make_tallies(make_row("cedar", "dune", won=3), make_row("birch", "amber", lost=3))
    assert connected_components(tallies) == (("amber", "birch"), ("cedar", "dune"))


def test_a_model_without_battles_stands_alone():
    tallies = Tallies.from_rows([make_row(won=1)], models=["cedar"])
    assert connected_components(tallies) == (("amber", "birch"), ("cedar",))
    assert connected_components(Tallies.from_rows([])) == ()


def test_an_undefeated_and_a_winless_model_stand_outside_the_main_group():
    tallies = make_tallies(
        *make_ring(["birch", "cedar", "dune"]), make_row("zinc", "birch", won=2), make_row("cedar", "amber", won=4)
    )
    groups = scoring_groups(tallies, tallies.models)
    assert groups.groups == (("zinc",), ("birch", "cedar", "dune"), ("amber",))
    assert groups.main == ("birch", "cedar", "dune")
    assert (groups.undefeated, groups.winless, groups.outside) == (("zinc",), ("amber",), ("amber", "zinc"))


def test_a_group_between_the_ends_is_neither_undefeated_nor_winless():
    tallies = make_tallies(
        *make_ring(["cedar", "dune", "ember"]), make_row("amber", "birch", won=1), make_row("birch", "cedar", won=1)
    )
    groups = scoring_groups(tallies, tallies.models)
    assert (groups.undefeated, groups.winless, groups.outside) == (("amber",), (), ("amber", "birch"))


def test_a_tie_scores_for_both():
    tallies = make_tallies(make_row(tie=1))
    assert is_strongly_connected(tallies, tallies.models)


@steady
@given(rows(highest=1))
def test_groups_are_those_of_plain_reachability(listed):
    tallies = make_tallies(*listed)
    for component in connected_components(tallies):
        reached = chains(tallies)
        groups = scoring_groups(tallies, component).groups
        assert sorted(slug for group in groups for slug in group) == list(component)
        for place, group in enumerate(groups):
            assert {b for b in component if (group[0], b) in reached and (b, group[0]) in reached} == set(group)
            assert not any((group[0], above[0]) in reached for above in groups[:place])
        assert is_strongly_connected(tallies, component) == (len(groups) == 1)
