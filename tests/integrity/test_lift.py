"""Votes that push one model up together are found, honest ones with tastes are not; what follows is reversible."""

import tracemalloc
from itertools import combinations, product

import numpy as np
import pytest
from django.conf import settings as site
from django.core.management import call_command

from arena.integrity import fraud, lift, vote_cohorts
from arena.integrity.bounds import KINDS, NETWORK, NEWCOMERS, VOTER
from arena.integrity.exclude_votes import restore_votes
from arena.integrity.fraud import Cohort, JudgedVote, null_parts, variances
from arena.integrity.lift import LIFT, MOST_MODELS, TASTE, WAYS, find_lifts, signs_of
from arena.integrity.vote_cohorts import flag_votes
from arena.models import Vote, VoteExclusion, VoteFlag
from arena.rating.davidson import DavidsonFit, fit_davidson
from arena.rating.tallies import OUTCOMES, Tallies
from arena.tasks import flag_votes as nightly
from bench.influence import __main__ as influence
from bench.influence.crowd import honest_crowd
from bench.rings import MODELS, TARGET, generator, tallies_of
from tests.integrity.factories import make_rigged


def test_a_ring_that_uses_every_battle_is_found_whole_and_nobody_else() -> None:
    crowd = honest_crowd(5000, generator(2, 1)).beside(influence.ring_of(influence.RINGS[1], 1))
    flags = find_lifts(crowd.judged(), {"one": tallies_of(crowd.votes)})
    ring = {Cohort("voter", str(voter)) for voter in crowd.voter[crowd.ring == 1].tolist()}
    assert {flag.cohort for flag in flags if flag.cohort.kind == "voter"} == ring
    assert {flag.model for flag in flags} <= {*MODELS[: TARGET + 1]}
    assert all(flag.test == LIFT and flag.direction == 1 and flag.p_value < 0.01 for flag in flags)


def test_voters_with_tastes_are_hardly_ever_said_to_lift() -> None:
    flagged = voters = 0
    for seed in range(1, 4):
        crowd = honest_crowd(3000, generator(3, seed), TASTE)
        flags = find_lifts(crowd.judged(), {"one": tallies_of(crowd.votes)})
        flagged += sum(flag.cohort.kind == "voter" for flag in flags)
        voters += len(np.unique(crowd.voter))
    assert flagged <= 0.005 * voters


def every_pair(null: DavidsonFit) -> np.ndarray:
    """[way, m, i, j], pair by pair as the words have it."""
    strengths = null.strengths
    size = len(strengths)
    half = np.argsort(-strengths, kind="stable")[: (size + 1) // 2]
    signs = np.zeros((WAYS, size, size, size), dtype=int)
    for m, i, j in product(range(size), repeat=3):
        if m in (i, j):
            signs[:, m, i, j] = (i == m) - (j == m)
        elif i != j and strengths[i] != strengths[j]:
            better = i if strengths[i] > strengths[j] else j
            signs[1:, m, i, j] = -1 if better == i else 1
            signs[1, m, i, j] *= strengths[better] > strengths[m]
            signs[2, m, i, j] *= better in half
    return signs


def test_what_helps_a_model_is_signed_both_ways() -> None:
    null = fit_davidson(tallies_of(honest_crowd(2000, generator(2, 1)).votes))
    size = len(MODELS)
    left, right = np.nonzero(~np.eye(size, dtype=bool))
    signs = np.zeros((WAYS, size, size, size), dtype=int)
    signs[:, :, left, right] = signs_of(null, left, right)
    assert (signs == every_pair(null)).all()
    assert (signs == -signs.transpose(0, 1, 3, 2)).all()
    assert (np.abs(signs[0]).sum(axis=(1, 2)) == 2 * (len(MODELS) - 1)).all()
    assert (signs[:, TARGET, TARGET, :TARGET] == 1).all()


def made_part(size: int, votes: int) -> fraud.Tested:
    rng = np.random.default_rng(size)
    rows = [(f"m{i:03}", f"m{j:03}", *rng.integers(9, 30, 3).tolist(), 0) for i, j in combinations(range(size), 2)]
    tallies = Tallies.from_rows(rows)
    pairs = [rng.choice(size, 2, replace=False).tolist() for _ in range(votes)]
    cast = [JudgedVote(n, "one", f"m{i:03}", f"m{j:03}", OUTCOMES[n % 4], ()) for n, (i, j) in enumerate(pairs)]
    (part,) = null_parts(cast, {"one": tallies}, {"one": fit_davidson(tallies)}, 2.0)
    return part


def test_sums_over_votes_are_those_over_every_pair() -> None:
    part = made_part(7, 60)
    signs = every_pair(part.null)
    mean, vary = part.chances[:, 0] + part.chances[:, 2] / 2, variances(part.chances)
    tied = part.chances[:, 2] * (part.chances[:, 0] - part.chances[:, 1])
    over, variance, gains, slope = np.zeros((WAYS, 7)), np.zeros((WAYS, 7)), np.zeros((WAYS, 7, 7)), np.zeros((3, 7, 8))
    for vote, (i, j) in enumerate(zip(part.left, part.right, strict=True)):
        sign = signs[:, :, i, j]
        over += sign * (part.points - mean)[vote]
        variance += sign**2 * vary[vote]
        gains[:, :, i] += sign * vary[vote]
        gains[:, :, j] -= sign * vary[vote]
        slope[:, :, -1] -= sign * tied[vote] / 2
    slope[:, :, :-1] = gains
    spread = variance + np.einsum("wmi,ij,wmj->wm", slope, part.null.joint, slope) + TASTE**2 * (gains**2).sum(axis=2)
    assert lift._scores([part], frozenset())[1] == pytest.approx(over / np.sqrt(spread), abs=1e-12)


def test_a_few_votes_on_a_large_board_take_no_array_of_its_pairs_by_model() -> None:
    part = made_part(MOST_MODELS, 20)
    tracemalloc.start()
    try:
        lift.lift_of([part])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4_000_000  # bytes; all pairs by model and way are six millions of numbers


def test_the_simulated_bounds_are_the_sites() -> None:
    least = (site.VOTER_MODEL_BOUND, site.NETWORK_MODEL_BOUND, site.NEWCOMER_MODEL_BOUND)
    assert {kind: influence.LEAST[kind] for kind in KINDS} == dict(zip((VOTER, NETWORK, NEWCOMERS), least, strict=True))


def test_one_seed_gives_every_figure() -> None:
    lines = influence.measure_influence(1)
    assert len(lines) == 1 + 3 * len(influence.EVERY) + 6
    assert all(line.target and line.ratio is not None and 0 <= line.ratio <= 1 for line in lines)


@pytest.mark.django_db
def test_a_lift_is_flagged_and_set_aside_only_where_the_site_is_told_to(settings) -> None:
    make_rigged()
    flag_votes()
    lifts = VoteFlag.objects.filter(test=LIFT)
    assert set(lifts.values_list("cohort", flat=True)) == {"voter"}
    nightly.apply()
    assert not VoteExclusion.objects.exists()
    settings.SET_LIFTS_ASIDE = True
    nightly.apply()
    exclusion = VoteExclusion.objects.get()
    assert (exclusion.votes, exclusion.actor, exclusion.flag.status) == (60, None, "excluded")
    call_command("verify_tallies")
    restore_votes(exclusion)
    VoteFlag.objects.all().delete()
    nightly.apply()
    assert VoteFlag.objects.filter(test=LIFT, status="open").exists()
    assert Vote.objects.filter(is_counted=False).count() == 0  # restored for good
    call_command("verify_tallies")


@pytest.mark.django_db
def test_other_flags_stand_though_the_look_for_lifts_does_not_end(monkeypatch) -> None:
    make_rigged()

    def never(*_):
        raise TimeoutError

    monkeypatch.setattr(vote_cohorts, "find_lifts", never)
    with pytest.raises(TimeoutError):
        flag_votes()
    assert VoteFlag.objects.filter(test="fisher").exists()
