"""What is shown to whom: fair sides, open competitions only, no pair twice while others are unseen."""

import math
from collections import Counter
from datetime import timedelta
from time import perf_counter

import pytest
from django.utils import timezone

from arena.models import Battle, Competition, Entry, Voter
from arena.voting.battle_steps import SKIPPED, void_battle
from arena.voting.draw_pools import invalidate_contests
from arena.voting.drawing import draw, need_of, with_uniform_share, without
from arena.voting.open_battle import NothingToVoteOn, open_battle, sides
from tests.arena.factories import make_entry, make_model
from tests.voting.factories import NETWORK, make_contest


def test_sides_are_even_over_20_000_draws() -> None:
    draws = 20_000
    first_on_the_left = sum(sides(1, 2)[0] == 1 for _ in range(draws))
    assert abs(first_on_the_left / draws - 0.5) <= 3 * math.sqrt(0.25 / draws)


def test_a_draw_follows_its_weights_and_never_takes_weight_zero() -> None:
    weights = [0.0, 3.0, 0.0, 1.0]
    drawn = Counter(draw(weights, step / 1000).place for step in range(1000))
    assert drawn == {1: 750, 3: 250}
    assert draw(weights, 0.0).probability == 0.75
    assert draw(weights, math.nextafter(1, 0)).place == 3
    assert draw([0.0, 0.0], 0.99).probability == 0.5


def test_a_competition_without_votes_is_needed_most_and_every_one_keeps_a_share() -> None:
    assert need_of(10, 0) == 1 > need_of(10, 40) > need_of(10, 1000)
    shares = with_uniform_share([1.0, 0.0])
    assert shares == pytest.approx([0.95, 0.05])
    assert sum(shares) == pytest.approx(1)


def test_what_was_seen_is_left_out_until_all_was_seen() -> None:
    assert without([1.0, 2.0], [True, False]) == [0.0, 2.0]
    assert without([1.0, 2.0], [True, True]) == [1.0, 2.0]


@pytest.fixture
def voter(db) -> Voter:
    return Voter.objects.create()


def pass_by(voter: Voter, times: int, within: int | None = None) -> list[Battle]:
    """Skips as many pairs."""
    seen = []
    for _ in range(times):
        opened = open_battle(voter.id, NETWORK, within)
        seen.append(Battle.objects.get(public_id=opened))
        void_battle(opened, voter.id, SKIPPED)
    return seen


def test_no_pair_comes_twice_while_others_are_unseen(voter: Voter) -> None:
    make_contest(models=4)
    seen = pass_by(voter, 6)
    assert len({frozenset((battle.left_model_id, battle.right_model_id)) for battle in seen}) == 6
    assert all(0 < battle.pair_probability <= 1 for battle in seen)
    assert seen[-1].pair_probability == 1
    assert len(pass_by(voter, 1)) == 1


def test_competitions_take_turns(voter: Voter) -> None:
    make_contest(title="One")
    make_contest(title="Two")
    shown = [battle.competition_id for battle in pass_by(voter, 4)]
    assert shown[0] == shown[2] != shown[1] == shown[3]


def test_a_battle_that_waits_is_shown_again_until_it_expires(voter: Voter) -> None:
    make_contest()
    first = open_battle(voter.id, NETWORK)
    assert open_battle(voter.id, NETWORK) == first
    assert open_battle(Voter.objects.create().id, NETWORK) != first
    Battle.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert open_battle(voter.id, NETWORK) != first


def test_only_live_pictured_entries_of_open_competitions_are_drawn(voter: Voter) -> None:
    competition, models = make_contest(models=2)
    make_entry(competition, make_model(), image=Entry.objects.first().image, status="held")
    make_entry(competition, make_model())
    pair = Battle.objects.get(public_id=open_battle(voter.id, NETWORK))
    assert {pair.left_model, pair.right_model} == set(models)
    void_battle(pair.public_id, voter.id, SKIPPED)
    # the pools of this process still hold the pair; the row is not written all the same
    Competition.objects.update(status="closed")
    with pytest.raises(NothingToVoteOn):
        open_battle(voter.id, NETWORK)


def test_one_model_alone_is_nothing_to_vote_on(voter: Voter) -> None:
    competition, _ = make_contest(models=1)
    with pytest.raises(NothingToVoteOn):
        open_battle(voter.id, NETWORK)
    make_entry(competition, make_model(), image=Entry.objects.first().image)
    # a competition that came after the last look is found at once
    assert open_battle(voter.id, NETWORK)


def test_a_pair_is_drawn_in_few_milliseconds(voter: Voter) -> None:
    for number in range(4):
        make_contest(models=10, title=f"Contest {number}")
    pass_by(voter, 4)
    spent = []
    for _ in range(16):
        started = perf_counter()
        opened = open_battle(voter.id, NETWORK)
        spent.append(perf_counter() - started)
        void_battle(opened, voter.id, SKIPPED)
    invalidate_contests()
    assert sorted(spent)[8] < 0.02
