"""Votes that push one model up together are found, honest ones with tastes are not; what follows is reversible."""

import numpy as np
import pytest
from django.conf import settings as site
from django.core.management import call_command

from arena.integrity.bounds import KINDS, NETWORK, NEWCOMERS, VOTER
from arena.integrity.exclude_votes import restore_votes
from arena.integrity.fraud import Cohort
from arena.integrity.lift import LIFT, TASTE, find_lifts, signs_of
from arena.integrity.vote_cohorts import flag_votes
from arena.models import Vote, VoteExclusion, VoteFlag
from arena.rating.davidson import fit_davidson
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


def test_what_helps_a_model_is_signed_both_ways() -> None:
    crowd = honest_crowd(2000, generator(2, 1))
    signs = signs_of(fit_davidson(tallies_of(crowd.votes)))
    assert (signs == -signs.transpose(0, 1, 3, 2)).all()
    assert (np.abs(signs[0]).sum(axis=(1, 2)) == 2 * (len(MODELS) - 1)).all()
    assert (signs[:, TARGET, TARGET, :TARGET] == 1).all()


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
