"""Elo and TrueSkill: references, a second implementation, and the same digits wherever the replay was interrupted."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.rating.board import rank_elo_board, rank_trueskill_board
from arena.rating.errors import BadState, BadVotes
from arena.rating.sequential import EloState, TrueSkillState, replay_elo, replay_trueskill
from arena.rating.tallies import OUTCOMES
from arena.rating.votes import VoteSequence
from tests.rating.factories import SLUGS, make_row, make_tallies, steady
from tests.rating.lightfield import WHOLE, board_tallies, board_votes, references
from tests.rating.second_methods import elo_of, trueskill_of

Vote = tuple[str, str, str]


@st.composite
def votes(draw: st.DrawFn) -> list[Vote]:
    pair = st.lists(st.sampled_from(SLUGS), min_size=2, max_size=2, unique=True)
    drawn = draw(st.lists(st.tuples(pair, st.sampled_from(OUTCOMES)), min_size=1, max_size=60))
    return [(left, right, outcome) for (left, right), outcome in drawn]


def make_sequence(cast: list[Vote], last_number: int | None = None) -> VoteSequence:
    models = sorted({slug for vote in cast for slug in vote[:2]})
    columns = [
        [models.index(v[0]) for v in cast],
        [models.index(v[1]) for v in cast],
        [OUTCOMES.index(v[2]) for v in cast],
    ]
    arrays = (np.array(column, dtype=np.int64) for column in columns)
    return VoteSequence(tuple(models), *arrays, len(cast) if last_number is None else last_number)


def named(sequence: VoteSequence) -> list[Vote]:
    columns = zip(sequence.left.tolist(), sequence.right.tolist(), sequence.outcomes.tolist(), strict=True)
    return [(sequence.models[left], sequence.models[right], OUTCOMES[outcome]) for left, right, outcome in columns]


@pytest.mark.parametrize("k", [4, 32])
@pytest.mark.parametrize("board", sorted(references()))
def test_elo_agrees_with_the_reference_on_every_board(board, k):
    ratings = replay_elo(EloState(k), board_votes(board)).ratings
    reference = references()[board]
    expected = dict(zip(reference["models"], reference[f"elo_k{k}"]["ratings"], strict=True))
    assert ratings == pytest.approx(expected, abs=1e-6, rel=0)


def test_trueskill_agrees_with_the_reference_on_the_whole():
    state = replay_trueskill(TrueSkillState(), board_votes(WHOLE))
    reference = references()[WHOLE]
    for name, ours in (("mu", state.means), ("sigma", state.sigmas)):
        expected = dict(zip(reference["models"], reference["trueskill"][name], strict=True))
        assert dict(zip(state.models, ours, strict=True)) == pytest.approx(expected, abs=1e-6, rel=0)


@pytest.mark.parametrize("board", sorted(set(references()) - {WHOLE}))
def test_trueskill_agrees_with_a_second_implementation_on_every_scene(board):
    sequence = board_votes(board)
    state = replay_trueskill(TrueSkillState(), sequence)
    second = trueskill_of(named(sequence))
    assert dict(zip(state.models, state.means, strict=True)) == pytest.approx(
        {model: mean for model, (mean, _) in second.items()}, abs=1e-6, rel=0
    )
    assert dict(zip(state.models, state.sigmas, strict=True)) == pytest.approx(
        {model: sigma for model, (_, sigma) in second.items()}, abs=1e-6, rel=0
    )


@steady
@given(votes())
def test_second_implementations_agree_where_there_are_ties(cast):
    assert replay_elo(EloState(32), make_sequence(cast)).ratings == pytest.approx(elo_of(cast, 32), abs=1e-8, rel=0)
    state, second = replay_trueskill(TrueSkillState(), make_sequence(cast)), trueskill_of(cast)
    for model, mean, sigma in zip(state.models, state.means, state.sigmas, strict=True):
        assert (mean, sigma) == pytest.approx(second[model], abs=1e-6, rel=0)


@steady
@given(votes(), st.integers(0, 60))
def test_a_stored_state_and_the_rest_give_the_digits_of_one_replay(cast, cut):
    first, rest = cast[:cut], cast[cut:]
    parts = [make_sequence(first), make_sequence(rest, len(cast) if rest else 0)]
    elo, trueskill = EloState(4), TrueSkillState()
    for part in parts:
        elo = EloState.from_json(json.loads(json.dumps(replay_elo(elo, part).to_json())))
        trueskill = TrueSkillState.from_json(json.loads(json.dumps(replay_trueskill(trueskill, part).to_json())))
    assert elo == replay_elo(EloState(4), make_sequence(cast))
    assert trueskill == replay_trueskill(TrueSkillState(), make_sequence(cast))
    assert (elo.battles, elo.last_number) == (len(cast), len(cast))


@steady
@given(votes(), st.permutations(SLUGS))
def test_names_and_sides_do_not_matter(cast, names):
    new_name = dict(zip(SLUGS, names, strict=True))
    mirror = {"left": "right", "right": "left"}
    other = [(new_name[right], new_name[left], mirror.get(outcome, outcome)) for left, right, outcome in cast]
    for ratings, changed in (
        (replay_elo(EloState(32), make_sequence(cast)).ratings, replay_elo(EloState(32), make_sequence(other)).ratings),
        (
            replay_trueskill(TrueSkillState(), make_sequence(cast)).ratings,
            replay_trueskill(TrueSkillState(), make_sequence(other)).ratings,
        ),
    ):
        assert {new_name[model]: rating for model, rating in ratings.items()} == pytest.approx(changed, abs=1e-8)


@steady
@given(votes())
def test_elo_gives_to_one_what_it_takes_from_the_other(cast):
    ratings = replay_elo(EloState(32), make_sequence(cast)).ratings
    assert sum(ratings.values()) == pytest.approx(1000 * len(ratings))


def test_a_first_loss_in_trueskill_stands_under_1000():
    ratings = replay_trueskill(TrueSkillState(), make_sequence([("amber", "birch", "left")])).ratings
    assert round(ratings["birch"], 1) == 990.9


def test_an_outcome_beyond_belief_moves_skills_by_a_finite_step():
    start = TrueSkillState(("amber", "birch"), (1000.0, 0.0), (0.5, 0.5))
    for outcome in OUTCOMES:
        state = replay_trueskill(start, make_sequence([("amber", "birch", outcome)]))
        assert np.isfinite(state.means).all()
        assert all(0 < variance < 1 for variance in state.variances)
        assert state.means[0] == 1000 if outcome == "left" else state.means[0] < 1000


def test_more_models_than_a_byte_counts_are_replayed_alike():
    models = tuple(f"m{number:03}" for number in range(300))
    left, right = np.arange(299), np.arange(1, 300)
    sequence = VoteSequence(models, left, right, np.arange(299) % 4, 299)
    assert replay_elo(EloState(32), sequence).ratings == pytest.approx(elo_of(named(sequence), 32), abs=1e-9, rel=0)


def test_boards_of_replays_have_ranks_without_ranges_and_rate_the_largest_component_only():
    cast = [("amber", "birch", "left")] * 5 + [("birch", "cedar", "tie")] * 4 + [("dune", "ember", "left")] * 3
    tallies = make_tallies(make_row(won=5), make_row("birch", "cedar", tie=4), make_row("dune", "ember", won=3))
    elo = rank_elo_board(tallies, replay_elo(EloState(32), make_sequence(cast)))
    trueskill = rank_trueskill_board(tallies, replay_trueskill(TrueSkillState(), make_sequence(cast)))
    for board, name in ((elo, "elo"), (trueskill, "trueskill")):
        assert [row.comparable for row in board.rows] == [True, True, True, False, False]
        assert [row.rank for row in board.rows[:3]] == [1, 2, 3]
        assert {(row.lower, row.upper, row.rank_best, row.rank_worst) for row in board.rows} == {(None,) * 4}
        assert (board.method.name, board.digest, board.fit) == (name, tallies.digest, None)
    assert elo.method.parameters[0] == ("k", 32.0)


def test_a_replayed_board_of_real_votes_lists_every_model():
    board = rank_elo_board(board_tallies("Bikes"), replay_elo(EloState(4), board_votes("Bikes")))
    assert len(board.rows) == 25
    assert sum(row.rating for row in board.rows) / 25 == pytest.approx(1000, abs=0.01)


def test_an_empty_board_needs_no_replay():
    assert rank_elo_board(make_tallies(), EloState(4)).rows == ()
    assert rank_trueskill_board(make_tallies(), TrueSkillState()).rows == ()


def test_a_state_of_other_votes_is_refused():
    state = replay_elo(EloState(4), make_sequence([("amber", "birch", "left")]))
    with pytest.raises(BadState, match="replayed 1 votes, the tallies count 2"):
        rank_elo_board(make_tallies(make_row(won=2)), state)
    with pytest.raises(BadState, match="no votes on models of the tallies: cedar"):
        rank_elo_board(make_tallies(make_row("amber", "cedar", won=1)), state)


def test_votes_are_replayed_once():
    once = make_sequence([("amber", "birch", "left")])
    for replay, state in ((replay_elo, EloState(4)), (replay_trueskill, TrueSkillState())):
        with pytest.raises(BadState, match="already has those to 1"):
            replay(replay(state, once), once)


def test_a_stored_state_that_is_none_is_refused():
    for state in (EloState, TrueSkillState):
        with pytest.raises(BadState, match="must hold"):
            state.from_json({"battles": 3})
    with pytest.raises(BadState, match="above 0"):
        EloState(0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": np.array([0, 2])}, "left: must be from 0 to 1"),
        ({"outcomes": np.array([0, 4])}, "outcomes: must be from 0 to 3"),
        ({"outcomes": np.array([0])}, "outcomes: must be whole numbers, one per vote"),
        ({"right": np.array([0.0, 1.0])}, "right: must be whole numbers"),
        ({"right": np.array([1, 1])}, "right: has the model of left"),
        ({"models": ("amber", "amber")}, "models: every slug must appear once"),
    ],
)
def test_votes_that_do_not_belong_together_are_refused(change, message):
    good = {
        "models": ("amber", "birch"),
        "left": np.array([0, 1]),
        "right": np.array([1, 0]),
        "outcomes": np.array([0, 1]),
        "last_number": 2,
    }
    with pytest.raises(BadVotes, match=message):
        VoteSequence(**{**good, **change})
