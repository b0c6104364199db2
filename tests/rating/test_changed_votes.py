"""The fewest votes cast besides or turned round that change a first place: they do, and on small boards no fewer do."""

from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given, settings

from arena.rating.board import rank_board
from arena.rating.changed_votes import fewest_added, fewest_flipped
from arena.rating.fragility import fragility
from arena.rating.tallies import Tallies
from tests.rating.factories import SLUGS, make_ring, make_row, make_tallies, rows, steady
from tests.rating.lightfield import WHOLE, board_tallies

SMALL = [
    [make_row(won=4, lost=2), make_row("birch", "cedar", won=3, lost=2), make_row("amber", "cedar", won=3, lost=3)],
    [make_row(won=3, lost=2, tie=1), make_row("birch", "cedar", won=3, lost=1), make_row("amber", "cedar", won=4)],
    [make_row(won=5, lost=1), make_row("birch", "cedar", tie=4), make_row("amber", "cedar", won=2, lost=2)],
]


def leads_no_more(tallies: Tallies, leader: str) -> bool:
    firsts = [row.model for row in rank_board(tallies).rows if row.rank == 1]
    return bool(firsts) and leader not in firsts


def with_wins(tallies: Tallies, wins: list[tuple[str, str]]) -> Tallies:
    return Tallies.merge([tallies, make_tallies(*[make_row(winner, loser, won=1) for winner, loser in wins])])


@pytest.mark.parametrize("listed", SMALL)
def test_on_small_boards_no_fewer_added_wins_do(listed) -> None:
    tallies = make_tallies(*listed)
    found = fewest_added(tallies)
    assert found is not None
    assert leads_no_more(with_wins(tallies, [(found.successor, found.leader)] * found.votes), found.leader)
    every = [(a, b) for a, b in product(tallies.models, repeat=2) if a != b]
    for fewer in range(1, min(found.votes, 4)):
        for wins in combinations_with_replacement(every, fewer):
            assert not leads_no_more(with_wins(tallies, list(wins)), found.leader)


def flipped(listed: list, count: int):
    """Every board with so many of the votes turned round."""
    votes = []
    for left, right, won, lost, tie, *_ in listed:
        votes += [(left, right, 0)] * won + [(left, right, 1)] * lost + [(left, right, 2)] * tie
    kinds = sorted(set(votes))
    for chosen in combinations_with_replacement(kinds, count):
        if all(chosen.count(kind) <= votes.count(kind) for kind in kinds):
            options = [[(a, b, 1 - o)] if o < 2 else [(a, b, 0), (a, b, 1)] for a, b, o in chosen]
            for turned in product(*options):
                left = list(votes)
                for kind in chosen:
                    left.remove(kind)
                yield make_tallies(*[make_row(a, b, **{("won", "lost", "tie")[o]: 1}) for a, b, o in [*left, *turned]])


@pytest.mark.parametrize("listed", SMALL)
def test_on_small_boards_no_fewer_turned_round_do(listed) -> None:
    found = fewest_flipped(make_tallies(*listed))
    assert found is not None
    for fewer in range(1, found.votes):
        assert not any(leads_no_more(board, found.leader) for board in flipped(listed, fewer))
    assert any(leads_no_more(board, found.leader) for board in flipped(listed, found.votes))


def test_more_lead_takes_more_votes_of_either_kind() -> None:
    for fewest in (fewest_added, fewest_flipped):
        votes = []
        for won in (22, 30, 60):
            listed = [*make_ring(SLUGS, 20, 20), make_row("amber", "cedar", won=won, lost=20)]
            found = fewest(make_tallies(*listed))
            assert found is not None
            votes.append(found.votes)
        assert votes == sorted(votes)
        assert votes[0] < votes[2]


@pytest.mark.parametrize("board", ["Car", WHOLE])
def test_on_real_votes_turning_round_takes_no_more_than_removing(board) -> None:
    tallies = board_tallies(board)
    removed, turned, added = fragility(tallies), fewest_flipped(tallies), fewest_added(tallies)
    assert removed is not None
    assert turned is not None
    assert added is not None
    assert 1 <= turned.votes <= removed.votes
    assert turned.leader == added.leader == removed.leader


@pytest.mark.parametrize("fewest", [fewest_added, fewest_flipped])
def test_boards_without_two_ranked_models_have_none(fewest) -> None:
    assert fewest(make_tallies()) is None
    assert fewest(make_tallies(make_row(won=2))) is None


@settings(steady, max_examples=25)
@given(rows())
def test_added_wins_do_change_the_first_place(listed) -> None:
    tallies = make_tallies(*listed)
    found = fewest_added(tallies)
    fewest_flipped(tallies)
    if found is not None:
        assert leads_no_more(with_wins(tallies, [(found.successor, found.leader)] * found.votes), found.leader)
