"""`python -m bench.honesty [--share S] [PART …]`: intervals, rank sets and verdicts against simulated truth.

S is the part of the full number of repeats. Seeds are fixed, and every figure carries its own Monte-Carlo error.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

from bench.honesty.decisions import false_on_a_board, false_verdicts, over_prompts, votes_to_decide
from bench.honesty.figures import Figure
from bench.honesty.raters import careless_raters, segments
from bench.honesty.spreads import coverage, held_out, ranks_covered
from bench.honesty.voters import by_voter
from tests.rating.lightfield import scene_tallies

PARTS = ("scenes", "coverage", "ranks", "verdicts", "boards", "votes", "prompts", "raters", "segments", "voters")


def figures(part: str, share: float) -> Iterator[Figure]:
    """One group of figures, each given as soon as it is known."""
    scenes = list(scene_tallies().values())

    def repeats(full: int) -> int:
        return max(2, round(full * share))

    groups = {
        "scenes": lambda: held_out(scenes),
        "coverage": lambda: coverage(scenes, repeats(1_000)),
        "raters": lambda: careless_raters(repeats(400)),
        "voters": lambda: by_voter(repeats(1_000)),
        "segments": lambda: segments(repeats(1_000)),
        "ranks": lambda: ranks_covered(repeats(1_000)),
        "verdicts": lambda: false_verdicts(repeats(4_000)),
        "boards": lambda: false_on_a_board(repeats(500)),
        "votes": lambda: votes_to_decide(repeats(2_000)),
        "prompts": lambda: over_prompts(repeats(1_000), 50),
    }
    yield from groups[part]()


def main(arguments: Sequence[str]) -> int:
    """1 if a figure is not in its range."""
    parser = argparse.ArgumentParser(
        prog="bench.honesty", description="Intervals and verdicts against simulated truth."
    )
    parser.add_argument("--share", type=float, default=1.0, help="of the repeats (1: about twenty minutes)")
    parser.add_argument("parts", nargs="*", default=PARTS, help=f"of {', '.join(PARTS)}")
    asked = parser.parse_args(arguments)
    missed = 0
    for part in asked.parts:
        for figure in figures(part, asked.share):
            missed += not figure.is_met
            sys.stdout.write(f"{figure.line}\n")
            sys.stdout.flush()
    sys.stdout.write(f"\n{missed} not met\n" if missed else "\nall met\n")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
