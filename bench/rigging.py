"""`python -m bench.rigging [--seeds N]`: how far rings move a model within the caps, and whether they are flagged.

5,000 honest votes; ten identities at 30 votes a day. Each figure is a share over the seeds; nothing is tuned to it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from arena.integrity.fraud import Cohort, find_flags
from arena.rating.board import rank_board
from arena.rating.tallies import Tallies
from bench.report import Line, Target, summary, table
from bench.rings import ATTACKS, MODELS, TARGET, TIE_OF_SHARE, Votes, generator, honest, joined, judged, tallies_of

HONEST: Final = 5_000
IDENTITIES: Final = 10
CAP: Final = 30
DAYS: Final = 30
NIGHTS: Final = (1, 3, 7, 14, 30)
HONEST_VOTES_EACH: Final = 60
TIES: Final = 0.1
DRIP: Final = 3


@dataclass(frozen=True)
class Ring:
    """`a_day` votes of each identity on each of `days`; `fresh` ones vote once and are never seen again."""

    name: str
    attack: str
    a_day: int = CAP
    days: int = 1
    fresh: bool = False


RINGS: Final = (
    *(Ring(name, name) for name in ATTACKS),
    Ring("slow-drip", "omnipresent", a_day=DRIP, days=CAP // DRIP),
    Ring("sybil", "omnipresent", fresh=True),
)


def votes_of(ring: Ring, days: int, seed: int) -> Votes:
    """All that the ring casts within so many days, day by day."""
    rng = generator(1, seed, RINGS.index(ring) + 1)
    return ATTACKS[ring.attack](honest(IDENTITIES * ring.a_day * days, TIES, rng), rng)


def cohorts_of(ring: Ring, days: int) -> Iterator[tuple[Cohort, ...]]:
    """Identities take turns. Fresh ones share ten networks, and are newcomers on the day they vote."""
    for number in range(IDENTITIES * ring.a_day * days):
        member, day = number % IDENTITIES, number // (IDENTITIES * ring.a_day)
        network = Cohort("network", str(member))
        if ring.fresh:
            yield (Cohort("voter", str(number)), network, Cohort("new_voters", str(day)))
        else:
            yield (Cohort("voter", str(member)), network)


def ranks_gained(ring: Ring, seed: int) -> int:
    """By how many ranks the target rises when the ring votes beside the honest ones."""
    others = honest(HONEST, TIES, generator(2, seed))
    return _rank(tallies_of(others)) - _rank(tallies_of(joined(others, votes_of(ring, ring.days, seed))))


def ranks_kept(ring: Ring, seed: int) -> int:
    """The same once the votes of every flagged cohort are taken out, all tested in one night after the ring's last."""
    others, cast = honest(HONEST, TIES, generator(2, seed)), votes_of(ring, ring.days, seed)
    cohorts = list(cohorts_of(ring, ring.days))
    boards = {"one": tallies_of(joined(others, cast))}
    flagged = {flag.cohort for flag in find_flags(judged(cast, cohorts), boards, generator(3, seed, ring.days))}
    stays = np.array([flagged.isdisjoint(mine) for mine in cohorts])
    left: Votes = (cast[0][stays], cast[1][stays], cast[2][stays])
    return _rank(tallies_of(others)) - _rank(tallies_of(joined(others, left)))


def is_flagged(ring: Ring, seed: int) -> tuple[bool, int]:
    """Whether a night of the thirty days flags any of the ring's cohorts, and which night was the first looked at."""
    others, every = honest(HONEST, TIES, generator(2, seed)), votes_of(ring, DAYS, seed)
    cohorts = list(cohorts_of(ring, DAYS))
    for night in NIGHTS:
        so_far = IDENTITIES * ring.a_day * night
        cast: Votes = (every[0][:so_far], every[1][:so_far], every[2][:so_far])
        boards = {"one": tallies_of(joined(others, cast))}
        if find_flags(judged(cast, cohorts[:so_far]), boards, generator(3, seed, night)):
            return True, night
    return False, 0


def honest_flagged(tie_share: float, seed: int) -> tuple[int, int]:
    """How many of the honest voters one night flags, and how many there are."""
    votes = honest(HONEST, tie_share, generator(4, seed))
    cohorts = [(Cohort("voter", str(number // HONEST_VOTES_EACH)),) for number in range(HONEST)]
    flags = find_flags(judged(votes, cohorts), {"one": tallies_of(votes)}, generator(5, seed))
    return len({flag.cohort for flag in flags}), HONEST // HONEST_VOTES_EACH


def measure_rigging(seeds: int) -> list[Line]:
    """Every figure of every ring, then the honest voters'."""
    numbers = range(1, seeds + 1)
    lines = [_shift_line(ring, "", [ranks_gained(ring, seed) for seed in numbers]) for ring in RINGS]
    lines += [_shift_line(ring, ", flagged ones out,", [ranks_kept(ring, seed) for seed in numbers]) for ring in RINGS]
    lines += [_flag_line(ring, [is_flagged(ring, seed) for seed in numbers]) for ring in RINGS]
    lines += [_honest_line(share, [honest_flagged(share, seed) for seed in numbers]) for share in TIE_OF_SHARE]
    return lines


def _shift_line(ring: Ring, which: str, gained: Sequence[int]) -> Line:
    share = float(np.mean([rise < 1 for rise in gained]))
    votes = IDENTITIES * ring.a_day * ring.days
    figure = f"{share:.1%}, mean {np.mean(gained):+.2f}, most {max(gained):+d} ranks"
    return Line(
        f"{ring.name}: {votes} votes{which} lift the target by less than a rank", figure, share, _at_least(0.95)
    )


def _flag_line(ring: Ring, found: Sequence[tuple[bool, int]]) -> Line:
    share = float(np.mean([flagged for flagged, _ in found]))
    nights = [night for flagged, night in found if flagged]
    figure = f"{share:.1%}" + (f", half of them by night {int(np.median(nights))}" if nights else "")
    return Line(f"{ring.name}: flagged within {DAYS} days", figure, share, _at_least(0.95))


def _honest_line(tie_share: float, found: Sequence[tuple[int, int]]) -> Line:
    flagged, voters = sum(n for n, _ in found), sum(n for _, n in found)
    target = Target(0.005, False, "≤ 0.5 %")
    return Line(f"honest voters flagged, {tie_share:.0%} ties", f"{flagged} of {voters}", flagged / voters, target)


def _at_least(share: float) -> Target:
    return Target(share, True, f"≥ {share:.0%}")


def _rank(tallies: Tallies) -> int:
    rows = {row.model: row.rank for row in rank_board(tallies).rows}
    return rows[MODELS[TARGET]] or len(MODELS)


def main(arguments: Sequence[str]) -> int:
    """0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="bench.rigging", description="Rings of voters against the caps and tests.")
    parser.add_argument("--seeds", type=int, default=200, help="simulations per figure (200: about ten minutes)")
    lines = measure_rigging(parser.parse_args(arguments).seeds)
    sys.stdout.write(f"{table(lines)}\n\n{summary(lines)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
