"""What a board says of prompts like its own: errors by leaving out one competition at a time, and the next prompt.

Not about further votes on the prompts it has: those are in the sandwich of the fit.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from arena.rating.board import Board, ranked_again
from arena.rating.bradley_terry import curvature_and_score_variance, refit
from arena.rating.chances import POINTS_PER_LOG_ODDS, PUBLISHED_DECIMALS, to_elo
from arena.rating.components import Mask, Places, connected_components, is_connected
from arena.rating.errors import NotConverged
from arena.rating.fit import RatingFit, sandwich
from arena.rating.student import student_quantile
from arena.rating.tallies import Counts, Floats, Tallies

LEAST_COMPETITIONS: Final = 5
OUTSIDE: Final = 0.05  # what a 95% interval leaves out
# why there is no interval; "" where there is one
FEW_COMPETITIONS: Final = "few_competitions"
CUT_OFF: Final = "cut_off"
TOO_LARGE: Final = "too_large"
NOT_CONVERGED: Final = "not_converged"
# P competitions of n models take about P(n + 100)³ nanoseconds, and a board's row is held meanwhile
MOST_WORK: Final = 5_000_000_000
# elements of one array: boards of thousands of competitions are refitted in slices
ELEMENTS_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True, eq=False)
class Spread:
    """Figures with standard errors, arrays of one shape; to each belongs Student's t of `competitions` - 1 degrees.

    `withheld` says why a figure has no interval; its error then means nothing.
    """

    figures: Floats
    errors: Floats
    competitions: Counts
    withheld: npt.NDArray[np.str_]

    def half_widths(self, outside: float = OUTSIDE) -> Floats:
        """Of the intervals that leave out `outside`; infinite where withheld."""
        freedoms, place = np.unique(np.maximum(self.competitions - 1, 1), return_inverse=True)
        quantiles = np.array([student_quantile(freedom, outside) for freedom in freedoms.tolist()], dtype=np.float64)
        widths: Floats = np.where(self.withheld == "", self.errors * quantiles[place], np.inf)
        return widths


@dataclass(frozen=True, eq=False)
class Deletions:
    """A board of n models, and the same without each of its P competitions in turn.

    `strengths` (n) of the whole board and `without` (P × n) are log odds about the mean of those not cut off, where
    there are any. `met` (P × n): the competition has battles of the model. `cut_off` (n): without one competition the
    model is no longer linked to the largest part of the others, or to any that stays linked. Competitions without
    battles of these models are none of the P.
    """

    models: tuple[str, ...]
    strengths: Floats
    without: Floats
    met: Mask
    cut_off: Mask

    @property
    def ratings(self) -> Spread:
        """Of each strength (n), by the delete-one jackknife (J. W. Tukey, 1958).

        Variance = Σ (1 - 1/k) (x_c - x)² over all competitions c, x_c the strength without c; k is the number of the
        model's own competitions where c is one, and of all with battles where c moves the model through others alone.
        """
        own = self.met.sum(axis=0)
        share = 1 - 1 / np.where(self.met, own, max(len(self.met), 1))
        variance = (share * (self.without - self.strengths) ** 2).sum(axis=0)
        return spread(self.strengths, variance, own, self.cut_off)

    def among(self, places: Places) -> "Deletions":
        """The same of the models at these places alone."""
        models = tuple(self.models[place] for place in places)
        of_models = (self.strengths[places], self.without[:, places], self.met[:, places], self.cut_off[places])
        return Deletions(models, *of_models)


@dataclass(frozen=True, eq=False)
class Scenes:
    """Each of P competitions fitted alone, beside the board of n models that they make together.

    `strengths` (P × n) are log odds about the mean of the competition's models, `board` (P × n) the board's about
    the same mean, `variances` (P × n) the sandwich of `strengths`; all three mean something only where `linked`:
    in the largest component of the competition.
    """

    strengths: Floats
    board: Floats
    variances: Floats
    linked: Mask

    @property
    def between(self) -> float:
        """The variance of a model's strength between prompts, by moments pooled over models, in squared log odds.

        With m_i the competitions of model i, E(d²) = (1 - 1/m_i)(τ² + v), d the distance of a competition's
        strength, with variance v, from the board's; never below 0.
        """
        free = np.where(self.linked, 1 - 1 / np.maximum(self.linked.sum(axis=0), 1), 0.0)
        excess = np.where(self.linked, (self.strengths - self.board) ** 2 - free * self.variances, 0.0)
        return max(0.0, float(excess.sum() / free.sum())) if free.any() else 0.0

    @property
    def typical_variances(self) -> Floats:
        """The mean of a model's `variances` (n); not a number for a model that no competition links to others."""
        competitions = self.linked.sum(axis=0)
        total = np.where(self.linked, self.variances, 0.0).sum(axis=0)
        typical: Floats = np.where(competitions > 0, total / np.maximum(competitions, 1), np.nan)
        return typical


def delete_each(parts: Sequence[Tallies], fit: RatingFit) -> Deletions:
    """`parts` are the tallies of the competitions, `fit` the fit of their sum. Raises NotConverged."""
    size = len(fit.models)
    whole = _counts([Tallies.merge(parts)], fit.models)[0]
    without, met, cut_off = [np.zeros((0, size))], [np.zeros((0, size), dtype=np.bool_)], set[str]()
    for slice_of in _slices(parts, size):
        wins, ties = _counts(slice_of, fit.models).swapaxes(0, 1)
        battles = wins + wins.mT + ties
        met.append(battles.any(axis=-1))
        left = (whole[0] - wins) + (whole[1] - ties) / 2
        strengths, _ = refit(left, fit.prior, np.broadcast_to(fit.strengths, met[-1].shape))
        without.append(strengths)
        for rest in (whole[0] + whole[0].T + whole[1]) - battles:
            cut_off |= _outside(rest, fit.models)
    # the prior alone says where a model without battles stands: it must not move the others' mean
    stays = np.array([model not in cut_off for model in fit.models], dtype=np.bool_)
    if stays.sum() < 2:
        stays[:] = False
    played = np.concatenate(met)
    some = played.any(axis=1)
    found = (fit.strengths, np.concatenate(without)[some])
    start, others = (_about(stays if stays.any() else ~stays, strengths) for strengths in found)
    return Deletions(fit.models, start, others, played[some], ~stays)


def fit_scenes(parts: Sequence[Tallies], fit: RatingFit) -> Scenes:
    """As `delete_each`: every competition alone, with the prior of the board."""
    size = len(fit.models)
    found: list[tuple[Floats, Floats, Floats, Mask]] = []
    for slice_of in _slices(parts, size):
        wins, ties = _counts(slice_of, fit.models).swapaxes(0, 1)
        battles = wins + wins.mT + ties
        linked = np.array([_largest_part(each, fit.models) for each in battles])
        strengths, _ = refit(wins + ties / 2, fit.prior, np.zeros(linked.shape))
        strengths = np.where(linked, _about(linked, strengths), 0.0)
        covariance = sandwich(*curvature_and_score_variance(wins, ties, fit.prior, strengths))
        board = np.where(linked, _about(linked, fit.strengths), 0.0)
        found.append((strengths, board, _centred_variances(linked, covariance), linked))
    empty = np.zeros((0, size))
    columns = zip((empty, empty, empty, empty.astype(np.bool_)), *found, strict=True)
    return Scenes(*(np.concatenate(column) for column in columns))


def new_prompt(fit: RatingFit, ratings: Spread, scenes: Scenes) -> Spread:
    """Where one new competition like those of the board would put each model (n), in log odds about the mean.

    The variance is the sum of three: of a competition's own strength, by its votes; of the board's, by prompts and
    votes; between prompts. Withheld as the intervals for prompts like these are.
    """
    board = np.diagonal(fit.covariance) + scenes.between / np.maximum(ratings.competitions, 1)
    errors = np.sqrt(scenes.typical_variances + board + scenes.between)
    # the variance between prompts is pooled: it is as sure as all competitions with battles of the board make it
    pooled = np.full_like(ratings.competitions, scenes.linked.any(axis=1).sum())
    return Spread(ratings.figures, errors, pooled, ratings.withheld)


@dataclass(frozen=True)
class PromptsBoard(Board):
    """A board of several competitions; `deletions` None where they are not known."""

    deletions: Deletions | None


def across_prompts(board: Board, competitions: Sequence[Tallies]) -> Board:
    """The board as ranked for prompts like those of the competitions it is the sum of, or why that is not known."""
    fit = board.fit
    if fit is None or not fit.models:
        return board
    # in an order that follows from the counts alone: sums of the same numbers may differ in their last bit
    parts = sorted((part for part in competitions if part.battles), key=lambda part: part.digest)
    deletions, ratings, foreseen = _spreads(fit, parts)
    like_these, new = _bounds(ratings), _bounds(foreseen)
    columns = zip(fit.models, ratings.competitions.tolist(), like_these, new, ratings.withheld.tolist(), strict=True)
    found = {
        model: {
            "competitions": several,
            "prompts_lower": lower,
            "prompts_upper": upper,
            "new_prompt_lower": new_lower,
            "new_prompt_upper": new_upper,
            "prompts_withheld": withheld,
            **({} if withheld else {"lower": lower, "upper": upper}),
        }
        for model, several, (lower, upper), (new_lower, new_upper), withheld in columns
    }
    rows = ranked_again(replace(row, **found.get(row.model, {})) for row in board.rows)
    return PromptsBoard(**{**vars(board), "rows": rows}, deletions=deletions)


def _spreads(fit: RatingFit, competitions: Sequence[Tallies]) -> tuple[Deletions | None, Spread, Spread]:
    """Deletions where they are known; figures for prompts like these and for a new one."""
    reason = TOO_LARGE
    if len(competitions) * (len(fit.models) + 100) ** 3 <= MOST_WORK:
        try:
            deletions = delete_each(competitions, fit)
            ratings = deletions.ratings
            return deletions, ratings, new_prompt(fit, ratings, fit_scenes(competitions, fit))
        except NotConverged:
            reason = NOT_CONVERGED
    several = np.zeros(len(fit.models), dtype=np.int64)
    place = {slug: index for index, slug in enumerate(fit.models)}
    for part in competitions:
        here, there = _shared(part, place)
        several[there] += (part.wins + part.wins.T + part.ties)[np.ix_(here, here)].any(axis=1)
    nothing = Spread(fit.strengths, np.zeros(several.shape), several, np.full(several.shape, reason))
    return None, nothing, nothing


def _bounds(spread: Spread) -> list[tuple[float, float] | tuple[None, None]]:
    """On the Elo scale, to two decimals."""
    ratings, widths = to_elo(spread.figures), POINTS_PER_LOG_ODDS * spread.half_widths()
    ends = np.stack((ratings - widths, ratings + widths), axis=1).tolist()
    return [
        (round(lower, PUBLISHED_DECIMALS), round(upper, PUBLISHED_DECIMALS)) if math.isfinite(upper) else (None, None)
        for lower, upper in ends
    ]


def spread(figures: Floats, variance: Floats, competitions: Counts, cut: Mask) -> Spread:
    """Errors from variances, and why some are withheld."""
    withheld = np.where(cut, CUT_OFF, np.where(competitions < LEAST_COMPETITIONS, FEW_COMPETITIONS, ""))
    return Spread(figures, np.sqrt(np.maximum(variance, 0.0)), competitions, withheld)


def _slices(parts: Sequence[Tallies], size: int) -> Iterator[Sequence[Tallies]]:
    several = max(1, ELEMENTS_AT_ONCE // max(size, 1) ** 2)
    return (parts[first : first + several] for first in range(0, len(parts), several)) if size else iter(())


def _counts(parts: Sequence[Tallies], models: tuple[str, ...]) -> Counts:
    """W and T of each part among `models`: parts × 2 × n × n."""
    place = {slug: index for index, slug in enumerate(models)}
    counts = np.zeros((len(parts), 2, len(models), len(models)), dtype=np.int64)
    for layers, part in zip(counts, parts, strict=True):
        here, there = _shared(part, place)
        for layer, counted in zip(layers, (part.wins, part.ties), strict=True):
            layer[np.ix_(there, there)] = counted[np.ix_(here, here)]
    return counts


def _shared(part: Tallies, place: dict[str, int]) -> tuple[Places, Places]:
    """Where the models that have a place are in the part, and their places."""
    here = [index for index, slug in enumerate(part.models) if slug in place]
    return np.array(here, dtype=np.intp), np.array([place[part.models[index]] for index in here], dtype=np.intp)


def _outside(battles: Counts, models: tuple[str, ...]) -> set[str]:
    """The models not in the largest part."""
    linked = _largest_part(battles, models)
    return {model for model, inside in zip(models, linked, strict=True) if not inside}


def _largest_part(battles: Counts, models: tuple[str, ...]) -> Mask:
    """Of the models (n) with these battles (n × n, symmetric): those in the component that a board would rank."""
    some: Mask = np.any(battles, axis=-1)
    if is_connected(battles[np.ix_(some, some)] > 0):
        return some
    none = np.zeros_like(battles)
    largest = set(connected_components(Tallies(models, np.triu(battles), none, none, none))[0])
    return np.array([model in largest for model in models], dtype=np.bool_)


def _about(linked: Mask, strengths: Floats) -> Floats:
    mean = (strengths * linked).sum(axis=-1, keepdims=True) / np.maximum(linked.sum(axis=-1, keepdims=True), 1)
    centred: Floats = strengths - mean
    return centred


def _centred_variances(linked: Mask, covariance: Floats) -> Floats:
    """The diagonal of C V C, C centring over the linked models of each part."""
    weight = linked / np.maximum(linked.sum(axis=-1, keepdims=True), 1)
    with_mean = np.einsum("pij,pj->pi", covariance, weight)
    of_mean = np.einsum("pi,pi->p", with_mean, weight)
    variances: Floats = np.diagonal(covariance, axis1=-2, axis2=-1) - 2 * with_mean + of_mean[:, None]
    return variances
