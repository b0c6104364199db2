"""The rigging simulation runs, and its rings are what they are called. Its figures are no matter of tests."""

import numpy as np
import pytest

from bench import rigging
from bench.rings import ATTACKS, STRENGTHS, TARGET, generator, honest, inverted, omnipresent, target_only


def test_a_few_seeds_give_every_figure() -> None:
    lines = rigging.measure_rigging(1)
    assert [line.what.split(":")[0] for line in lines[:6]] == [ring.name for ring in rigging.RINGS]
    assert len(lines) == 21
    assert all(line.target and line.ratio is not None and 0 <= line.ratio <= 1 for line in lines)


def test_every_ring_keeps_within_its_caps() -> None:
    for ring in rigging.RINGS:
        left, right, outcome = rigging.votes_of(ring, ring.days, seed=1)
        assert len(left) == len(right) == len(outcome) == len(list(rigging.cohorts_of(ring, ring.days))) == 300
        assert (left != right).all()
        assert set(outcome.tolist()) <= {0, 1, 2}


def test_attacks_do_what_they_say() -> None:
    votes = honest(4000, 0.1, generator(1))
    left, right, outcome = target_only(votes)
    shown = (left == TARGET) | (right == TARGET)
    assert (outcome[left == TARGET] == 0).all()
    assert (outcome[right == TARGET] == 1).all()
    assert (outcome[~shown] == votes[2][~shown]).all()
    every = omnipresent(votes)
    ahead = ~shown & (np.minimum(left, right) < TARGET)
    better_lost = np.where(STRENGTHS[left] > STRENGTHS[right], every[2] == 1, every[2] == 0)
    assert better_lost[ahead].all()
    assert (inverted(inverted(votes))[2] == votes[2]).all()
    assert set(ATTACKS["random"](votes, generator(2))[2].tolist()) == {0, 1}


@pytest.mark.parametrize("name", ["omnipresent", "invert"])
def test_a_ring_that_uses_every_battle_is_flagged_long_before_the_month_is_over(name: str) -> None:
    ring = next(ring for ring in rigging.RINGS if ring.name == name)
    flagged, night = rigging.is_flagged(ring, seed=1)
    assert flagged
    assert night <= 7


def test_taking_the_flagged_out_undoes_what_a_found_ring_did() -> None:
    ring = next(ring for ring in rigging.RINGS if ring.name == "omnipresent")
    seed = next(seed for seed in range(1, 20) if rigging.ranks_gained(ring, seed) > 0)
    assert rigging.ranks_kept(ring, seed) < rigging.ranks_gained(ring, seed)
