"""`python -m bench.influence [--seeds N]`: how far rings move a model, bounded and unbounded, and who is flagged.

5,000 votes of an honest crowd (`crowd.py`), 300 of a ring. Each figure is a share over the seeds.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from arena.integrity.bounds import KINDS, NETWORK, NEWCOMERS, SHARES, VOTER, Bound, past_bounds
from arena.integrity.fraud import Cohort
from arena.integrity.lift import TASTE, find_lifts
from arena.rating.board import rank_board
from arena.rating.tallies import Tallies
from bench.influence.crowd import Crowd, honest_crowd, ring_crowd
from bench.report import Line, Target, summary, table
from bench.rings import ATTACKS, MODELS, TARGET, generator, honest, tallies_of

HONEST: Final = 5_000
VOTES: Final = 300
TIES: Final = 0.1
LEAST: Final = {VOTER: 24, NETWORK: 100, NEWCOMERS: 250}  # what a site has that sets nothing
BOUNDS: Final = {kind: Bound(LEAST[kind], SHARES[kind]) for kind in KINDS}
RING_DAY: Final = 15
NIGHTS: Final = 2


@dataclass(frozen=True)
class Ring:
    """300 votes by turns of so many identities, from so many networks, on so many days; `fresh` ones are new."""

    name: str
    attack: str
    identities: int = 10
    networks: int = 10
    days: int = 1
    fresh: bool = False


RINGS: Final = (
    *(Ring(name, name) for name in ATTACKS),
    Ring("slow-drip", "omnipresent", days=10),
    Ring("sybil", "omnipresent", identities=VOTES, fresh=True),
)
BEYOND: Final = (
    Ring("a hundred of three votes each, long there", "omnipresent", identities=100, networks=100),
    Ring("sybil, each from a network of its own", "omnipresent", identities=VOTES, networks=VOTES, fresh=True),
)
EVERY: Final = (*RINGS, *BEYOND)


@dataclass(frozen=True)
class Outcome:
    """Ranks that the target gained: as cast, without what is past a bound, and without flagged lifts too; and shares of
    honest votes set aside by either, of the ring's votes left, and of honest voters flagged."""

    cast: int
    bounded: int
    decided: int
    honest_bounded: float
    honest_flagged: float
    left: float
    voters_flagged: float


def ring_of(ring: Ring, seed: int) -> Crowd:
    """Its votes; identities take turns through the days."""
    rng = generator(1, seed, EVERY.index(ring) + 1)
    number = np.arange(VOTES)
    votes = ATTACKS[ring.attack](honest(VOTES, TIES, rng), rng)
    day = RING_DAY + number * ring.days // VOTES
    at = rng.random(VOTES)
    return ring_crowd(votes, number % ring.identities, number % ring.networks, day, fresh=ring.fresh, at=at)


def within_bounds(crowd: Crowd) -> Crowd:
    """Without the votes past a bound."""
    past = past_bounds(crowd.cast(), Counter(), BOUNDS)
    stays = np.ones(len(crowd.left), dtype=np.bool_)
    stays[list(past)] = False
    return crowd.only(stays)


def lifts_decided(crowd: Crowd) -> tuple[Crowd, set[Cohort]]:
    """Without the votes of cohorts that lift a model, looked for on two nights; and these cohorts."""
    flagged: set[Cohort] = set()
    for _ in range(NIGHTS):
        found = {flag.cohort for flag in find_lifts(crowd.judged(), {"one": tallies_of(crowd.votes)})}
        if not found:
            break
        flagged |= found
        crowd = crowd.only(np.array([found.isdisjoint(own) for own in crowd.cohorts()]))
    return crowd, flagged


def outcome_of(ring: Crowd | None, seed: int, taste: float = 0.0) -> Outcome:
    """What becomes of the target beside 5,000 honest votes; without a ring, of honest votes alone."""
    alone = honest_crowd(HONEST, generator(2, seed), taste)
    before = _rank(tallies_of(alone.votes))
    cast = alone.beside(ring) if ring else alone
    bounded = within_bounds(cast)
    decided, flagged = lifts_decided(bounded)
    honest_left = [int((one.ring == 0).sum()) / HONEST for one in (bounded, decided)]
    voters = set(map(str, alone.voter.tolist()))
    return Outcome(
        *(before - _rank(tallies_of(one.votes)) for one in (cast, bounded, decided)),
        1 - honest_left[0],
        honest_left[0] - honest_left[1],
        int(decided.ring.sum()) / VOTES,
        sum(cohort.kind == "voter" and cohort.subject in voters for cohort in flagged) / len(voters),
    )


def chance_alone(seed: int) -> int:
    """Ranks that the target gains by 300 votes of honest voters more."""
    alone, more = honest_crowd(HONEST, generator(2, seed)), honest(VOTES, TIES, generator(6, seed))
    together = tuple(np.concatenate(pair) for pair in zip(alone.votes, more, strict=True))
    return _rank(tallies_of(alone.votes)) - _rank(tallies_of((together[0], together[1], together[2])))


def measure_influence(seeds: int) -> list[Line]:
    """Every figure of every ring, then the honest voters'."""
    numbers = range(1, seeds + 1)
    by_ring = {ring: [outcome_of(ring_of(ring, seed), seed) for seed in numbers] for ring in EVERY}
    lines = [_shift_line("honest voters", "", [chance_alone(seed) for seed in numbers])]
    for which, gained in STAGES.items():
        lines += [_shift_line(ring.name, which, [gained(one) for one in by_ring[ring]]) for ring in RINGS]
    lines += [
        _shift_line(ring.name, which, [gained(one) for one in by_ring[ring]])
        for ring in BEYOND
        for which, gained in STAGES.items()
    ]
    worst = max(
        RINGS, key=lambda ring: float(np.mean([one.honest_bounded + one.honest_flagged for one in by_ring[ring]]))
    )
    alike = [outcome_of(None, seed) for seed in numbers]
    tastes = [outcome_of(None, seed, TASTE) for seed in numbers]
    for name, outcomes in (("nobody", alike), ("nobody, voters have tastes", tastes), (worst.name, by_ring[worst])):
        lines += _honest_lines(name, outcomes)
    return lines


STAGES: Final[dict[str, Callable[[Outcome], int]]] = {
    "": lambda one: one.cast,
    ", bounded,": lambda one: one.bounded,
    ", bounded and lifts decided,": lambda one: one.decided,
}


def _shift_line(name: str, which: str, gained: Sequence[int]) -> Line:
    share = float(np.mean([rise < 1 for rise in gained]))
    figure = f"{share:.1%}, mean {np.mean(gained):+.2f}, most {max(gained):+d} ranks"
    target = Target(0.95, True, "≥ 95%")
    return Line(f"{name}: {VOTES} votes{which} lift the target by less than a rank", figure, share, target)


def _honest_lines(name: str, outcomes: Sequence[Outcome]) -> list[Line]:
    bounded, flagged, voters = (
        float(np.mean([getattr(one, field) for one in outcomes]))
        for field in ("honest_bounded", "honest_flagged", "voters_flagged")
    )
    figure = f"{bounded + flagged:.2%} ({bounded:.2%} bounds, {flagged:.2%} lifts decided)"
    return [
        Line(f"{name} rigs: honest votes set aside", figure, bounded + flagged, Target(0.02, False, "≤ 2 %")),
        Line(f"{name} rigs: honest voters said to lift", f"{voters:.3%}", voters, Target(0.005, False, "≤ 0.5 %")),
    ]


def _rank(tallies: Tallies) -> int:
    rows = {row.model: row.rank for row in rank_board(tallies).rows}
    return rows[MODELS[TARGET]] or len(MODELS)


def main(arguments: Sequence[str]) -> int:
    """0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="bench.influence", description="Rings of voters against bounds and tests.")
    parser.add_argument("--seeds", type=int, default=200, help="simulations per figure (200: about twenty minutes)")
    lines = measure_influence(parser.parse_args(arguments).seeds)
    sys.stdout.write(f"{table(lines)}\n\n{summary(lines)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
