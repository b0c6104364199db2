"""Do intervals and rank sets hold the truth as often as they say?"""

from collections.abc import Iterator, Sequence

import numpy as np

from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.contrasts import contrasts
from arena.rating.fit import STANDARD_ERRORS, ranks, standard_errors
from arena.rating.prompts import delete_each, fit_scenes
from arena.rating.rank_sets import rank_sets, simultaneous_margins
from arena.rating.student import student_quantile
from arena.rating.tallies import Tallies
from bench.honesty.figures import Figure, mean_of
from bench.honesty.worlds import PROMPT_SD, World, even, uneven

LEAST_SCENES = 4


def coverage(scenes: Sequence[Tallies], repeats: int) -> Iterator[Figure]:
    """Of the strengths over prompts like these; scenes give a pattern in which models are in few competitions."""
    mixed = uneven(scenes, 1900, PROMPT_SD)
    worlds = (
        ("12 competitions × 1,000 votes, prompt SD 104", even(12, 12, 1000, PROMPT_SD), (0.93, 0.97), None),
        ("12 × 100, prompt SD 104", even(12, 12, 100, PROMPT_SD), (0.92, 0.98), None),
        ("6 × 400, prompt SD 104", even(12, 6, 400, PROMPT_SD), (0.92, 0.98), None),
        ("14 × 1,900, models in 5, 9 or 14, prompt SD 104", mixed, (0.92, 0.98), None),
        ("12 × 1,000, prompt SD 0", even(12, 12, 1000, 0), (0.92, 0.98), 1.15),
        ("12 × 100, prompt SD 0", even(12, 12, 100, 0), (0.92, 0.98), 1.15),
        ("6 × 400, prompt SD 0", even(12, 6, 400, 0), (0.92, 0.98), None),
    )
    for name, world, asked, widest in worlds:
        yield from _covered(name, world, repeats, asked, widest)


def _covered(
    name: str, world: World, repeats: int, asked: tuple[float, float], widest: float | None
) -> Iterator[Figure]:
    rng, truth = np.random.default_rng(17), world.truth()
    own = world.entered.sum(axis=0)
    inside, conditional, wider = [], [], []
    for _ in range(repeats):
        parts = world.drawn(rng)
        fit = fit_bradley_terry(Tallies.merge(parts))
        spread = delete_each(parts, fit).ratings
        away, half, bars = np.abs(spread.figures - truth), spread.half_widths(), standard_errors(fit.covariance)
        inside.append(away <= half)
        conditional.append(float(np.mean(away <= STANDARD_ERRORS * bars)))
        wider.append(float(np.mean(half / (STANDARD_ERRORS * bars))))
    for several in sorted(set(own.tolist())):
        which = f", those in {several}" if own.min() < own.max() else ""
        covered = np.array(inside)[:, own == several].mean(axis=1)
        yield mean_of(f"{name}{which}: prompts like these", covered.tolist(), *asked)
    yield mean_of(f"{name}: these prompts (the sandwich), for comparison", conditional)
    yield mean_of(f"{name}: mean width by that of the sandwich", wider, None, widest)


def held_out(parts: Sequence[Tallies]) -> Iterator[Figure]:
    """Real competitions, each predicted from the others: how far off in units of the error that was foreseen."""
    away: list[float] = []
    inside: list[float] = []
    for place, part in enumerate(parts):
        rest = [*parts[:place], *parts[place + 1 :]]
        fit = fit_bradley_terry(Tallies.merge(rest))
        others, alone = fit_scenes(rest, fit), fit_scenes([part], fit)
        several = others.linked.sum(axis=0)
        asked = alone.linked[0] & (several >= LEAST_SCENES)
        board = np.diagonal(fit.covariance) + others.between / np.maximum(several, 1)
        errors = np.sqrt(alone.variances[0] + board + others.between)
        off = ((alone.strengths[0] - alone.board[0]) / errors)[asked]
        away += off.tolist()
        inside += (np.abs(off) <= student_quantile(len(rest) - 1)).tolist()
    yield mean_of(f"held-out scenes of real votes ({len(away)}): inside the prediction", inside, 0.92, 0.98)
    spread = float(np.std(away))
    yield Figure("the same: SD of distance by foreseen error", spread, spread / np.sqrt(2 * len(away)), 0.9, 1.1)


def ranks_covered(repeats: int) -> Iterator[Figure]:
    """All true ranks of a board at once, on these prompts and on prompts like these."""
    for models, competitions in ((12, 12), (25, 14)):
        for sd in (0.0, PROMPT_SD):
            for equal in (False, True):
                world = even(models, competitions, 1000, sd, equal=equal)
                which = f"{models} {'equal ' * equal}models × {competitions}, prompt SD {104 if sd else 0}"
                these, like = _sets(world, repeats)
                yield mean_of(f"{which}: all ranks at once, these prompts", these, 0.935)
                yield mean_of(f"{which}: all ranks at once, prompts like these", like, 0.935)


def _sets(world: World, repeats: int) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(29)
    models = len(world.strengths)
    these, like = [], []
    like_truth = np.round(world.truth(), 6)
    for _ in range(repeats):
        parts, these_truth = world.drawn_with_truth(rng)
        whole = Tallies.merge(parts)
        fit = fit_bradley_terry(whole)
        of_pairs = contrasts(delete_each(parts, fit))
        margins = simultaneous_margins(fit.covariance, whole.digest)
        these.append(_all_in(rank_sets(of_pairs.figures, margins), np.round(these_truth, 6)))
        widths = of_pairs.half_widths(0.05 / (models * (models - 1) / 2))
        like.append(_all_in(rank_sets(of_pairs.figures, widths), like_truth))
    return these, like


def _all_in(sets: tuple[np.ndarray, np.ndarray], truth: np.ndarray) -> bool:
    best, worst = sets
    return bool(((best <= ranks(truth)) & (len(truth) + 1 - ranks(-truth) <= worst)).all())
