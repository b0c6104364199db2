"""Pairs of a board are answered from rows cut out of the stored covariance, digit by digit as from the whole."""

from itertools import combinations, pairwise

import pytest

from arena.boards.findings import complete_changed_boards
from arena.boards.pairs import board_pairs, read_estimates, shared_boards
from arena.boards.recompute import recompute_changed_boards
from arena.boards.verdicts import board_verdicts
from arena.models import Board, Snapshot, Standing
from arena.rating.bradley_terry import probability_better, votes_needed
from arena.rating.errors import UnknownModel
from tests.arena.factories import make_competition, make_model, make_votes, whole_estimate

pytestmark = pytest.mark.django_db
MODELS = 9


def make_board() -> tuple[Board, Snapshot]:
    """Everybody met a few others, how often differs; the last two are level."""
    competition = make_competition()
    models = [make_model(f"Model {n}", f"model-{n}") for n in range(MODELS)]
    battles = [
        (models[a], models[b], "left", 1 + (3 * a + b) % 5) for a, b in combinations(range(MODELS), 2) if a + b < 12
    ]
    level = [(models[7], models[8], "tie", 3), (models[0], models[7], "left", 2), (models[0], models[8], "left", 2)]
    make_votes(competition, *battles, *level)
    recompute_changed_boards()
    board = Board.objects.get(kind="competition")
    return board, Snapshot.objects.current_headline().get(board=board)


def test_every_pair_has_the_digits_of_the_whole_covariance() -> None:
    board, snapshot = make_board()
    pairs, whole = board_pairs(board), whole_estimate(snapshot)
    assert len(pairs.order) == MODELS
    for asked in (list(pairs.all()), list(pairs.all("model-4")), list(pairwise(pairs.order)), [pairs.order[3:5]]):
        part = pairs.estimate(asked)
        assert [part.ahead(*pair) for pair in asked] == [whole.ahead(*pair) for pair in asked]
        assert [(one.probability, one.votes_needed) for one in pairs.odds(asked)] == [
            (round(probability_better(whole, *pair), 4), votes_needed(whole, *pair)) for pair in asked
        ]


@pytest.mark.parametrize(
    ("ask", "rows"), [(lambda pairs: pairs.all("model-4"), 1), (lambda pairs: [pairs.order[3:5]], 1)]
)
def test_few_rows_are_read(ask, rows: int) -> None:
    pairs = board_pairs(make_board()[0])
    assert len(pairs.estimate(list(ask(pairs))).rows) == rows


def test_of_what_was_not_read_nothing_is_said() -> None:
    board, snapshot = make_board()
    pairs = board_pairs(board)
    part = pairs.estimate([("model-1", "model-2"), ("model-3", "model-4")])
    for pair in (("model-1", "model-8"), ("model-2", "model-4")):
        with pytest.raises(UnknownModel):
            part.ahead(*pair)
    assert pairs.estimate([]).rows == {}
    assert pairs.odds([]) == []
    # a model that the fit does not know, and a snapshot that keeps none
    strengths = {"model-1": 1.0, "stranger": 0.0}
    assert set(read_estimates({snapshot.pk: strengths}, [("model-1", "stranger")])[snapshot.pk].columns) == {"model-1"}
    Snapshot.objects.update(covariance=None, fitted_models=[])
    assert read_estimates({snapshot.pk: strengths}, [("model-1", "stranger")]) == {}
    assert board_pairs(board).order == ()


def test_a_page_that_began_before_a_recompute_ends_with_the_figures_it_began_with() -> None:
    board, snapshot = make_board()
    pairs = board_pairs(board)
    asked = list(pairs.all())
    before = pairs.odds(asked)
    assert board.competition is not None
    first, second = (Standing.objects.get(snapshot=snapshot, model__slug=slug).model for slug in ("model-1", "model-2"))
    make_votes(board.competition, (first, second, "left", 9))
    recompute_changed_boards()
    assert board_pairs(board).snapshot_id != pairs.snapshot_id
    assert pairs.odds(asked) == before
    make_votes(board.competition, (first, second, "left", 9))
    recompute_changed_boards()
    assert Snapshot.objects.filter(board=board, covariance__isnull=False).count() == 2


def test_boards_that_two_models_share_have_the_verdicts_of_each_board(django_assert_num_queries) -> None:
    _, snapshot = make_board()
    complete_changed_boards()
    models = tuple(snapshot.standings.get(model__slug=slug).model for slug in ("model-2", "model-5"))
    with django_assert_num_queries(4):
        found = {one.head.id: one.verdict for one in shared_boards(models)}
    assert len(found) == 2
    for board in Board.objects.all():
        (own,) = board_verdicts(board).of([("model-2", "model-5")])
        assert found[board.key] == own
