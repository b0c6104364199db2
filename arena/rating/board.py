"""From tallies to a board as it is published: ratings on the Elo scale, intervals, ranks, records.

Not here: which tallies make a board, or where it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.chances import POINTS_PER_LOG_ODDS, PUBLISHED_DECIMALS, to_elo
from arena.rating.components import connected_components
from arena.rating.davidson import fit_davidson
from arena.rating.errors import BadState
from arena.rating.fit import MINIMUM_BATTLES, RatingFit, bounds, rank_ranges, ranks, standard_errors
from arena.rating.oppositions import Opposition, oppositions
from arena.rating.sequential import BETA, DRAW_CHANCE, MU, SIGMA, START, TAU, EloState, TrueSkillState
from arena.rating.tallies import Floats, Record, Tallies

BRADLEY_TERRY = "bradley-terry"
BRADLEY_TERRY_VERSION = "4"


@dataclass(frozen=True)
class Method:
    """How a board was computed: with the digest, all that is needed to compute it again."""

    name: str
    version: str
    parameters: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class PublishedRating:
    """Rating and 95% bounds on the Elo scale, to two decimals; bounds None where a method has none."""

    model: str
    rating: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Place:
    """A rank and the range of ranks that the intervals leave open; no range where a method has no intervals."""

    rank: int
    rank_best: int | None
    rank_worst: int | None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a board publishes of one model, under one name from here over columns to pages and API.

    Not comparable: no rating. Comparable with under 4 battles: a rating without a rank. Fitted methods alone know
    `mean_opponent`, the mean rating of whom it met, and `expected_wins`, the points a model rated 1000 would have had.

    `lower` and `upper` are the 95% bounds shown and ranked by; `conditional_lower` and `conditional_upper` those on the
    board's own prompts, the sandwich of a fit. They differ on a headline over several competitions alone: that knows in
    how many `competitions` the model has battles, and the bounds for prompts like these, which are then those shown,
    and for one new prompt; `prompts_withheld` is why it has none.

    A rank set holds for all ranked models at once, on these prompts and, on a board of several competitions, for
    prompts like these (`with_rank_sets`); headline only.
    """

    wins: int
    losses: int
    ties: int
    both_bad: int
    rating: float | None = None
    lower: float | None = None
    upper: float | None = None
    rank: int | None = None
    rank_best: int | None = None
    rank_worst: int | None = None
    mean_opponent: float | None = None
    expected_wins: float | None = None
    conditional_lower: float | None = None
    conditional_upper: float | None = None
    competitions: int | None = None
    prompts_lower: float | None = None
    prompts_upper: float | None = None
    new_prompt_lower: float | None = None
    new_prompt_upper: float | None = None
    prompts_withheld: str = ""
    rank_set_best: int | None = None
    rank_set_worst: int | None = None
    prompts_rank_set_best: int | None = None
    prompts_rank_set_worst: int | None = None


FIGURES: Final = tuple(field.name for field in fields(Figures))


@dataclass(frozen=True, kw_only=True)
class BoardRow(Figures):
    """One model, by slug."""

    model: str

    @property
    def comparable(self) -> bool:
        return self.rating is not None


@dataclass(frozen=True)
class Board:
    """Rows run: ranked by rank, then rated only by rating, then not comparable; equals by slug.

    `fit` keeps the strengths and their covariance in log odds for questions about pairs; sequential
    methods have none.
    """

    rows: tuple[BoardRow, ...]
    method: Method
    digest: str
    battles: int
    prior_decides_ends: bool
    fit: RatingFit | None


def rank_board(tallies: Tallies, *, prior: float = 1.0) -> Board:
    """The Bradley–Terry board of these tallies; raises what `fit_bradley_terry` raises."""
    fit = fit_bradley_terry(tallies, prior)
    parameters = (("prior", float(prior)), ("minimum_battles", float(MINIMUM_BATTLES)))
    return Board(
        rows=board_rows(tallies, published_ratings(fit), oppositions(tallies, fit)),
        method=Method(BRADLEY_TERRY, BRADLEY_TERRY_VERSION, parameters),
        digest=tallies.digest,
        battles=tallies.battles,
        prior_decides_ends=prior > 0 and not fit.strongly_connected,
        fit=fit,
    )


def published_ratings(fit: RatingFit) -> tuple[PublishedRating, ...]:
    """Rating and bounds of every fitted model, in slug order."""
    ratings = to_elo(fit.strengths)
    lower, upper = bounds(ratings, POINTS_PER_LOG_ODDS * standard_errors(fit.covariance))
    columns = zip(fit.models, _published(ratings), _published(lower), _published(upper), strict=True)
    return tuple(PublishedRating(*figures) for figures in columns)


def board_rows(
    tallies: Tallies, ratings: Iterable[PublishedRating], met: Iterable[Opposition] = ()
) -> tuple[BoardRow, ...]:
    """Rows in board order for every model of the tallies; a model without a rating is not comparable."""
    records = dict(zip(tallies.models, tallies.records, strict=True))
    rated = {entry.model: entry for entry in ratings}
    ranked = [entry for entry in rated.values() if records[entry.model].battles >= MINIMUM_BATTLES]
    place_of = {entry.model: place for entry, place in zip(ranked, _places(ranked), strict=True)}
    met_by = {entry.model: entry for entry in met}
    rows = [_row(model, records[model], rated.get(model), place_of.get(model), met_by.get(model)) for model in records]
    return tuple(sorted(rows, key=_board_order))


def ranked_again(rows: Iterable[BoardRow]) -> tuple[BoardRow, ...]:
    """The rows with the ranges of ranks that their bounds leave open."""
    listed = list(rows)
    ranked = [row for row in listed if row.rank is not None]
    places = _places([PublishedRating(row.model, row.rating or 0.0, row.lower, row.upper) for row in ranked])
    place_of = {row.model: place for row, place in zip(ranked, places, strict=True)}
    return tuple(replace(row, **vars(place_of[row.model])) if row.model in place_of else row for row in listed)


def _published(figures: Floats) -> list[float]:
    return [round(figure, PUBLISHED_DECIMALS) for figure in figures.tolist()]


def _places(ranked: list[PublishedRating]) -> list[Place]:
    """Places follow from the published figures, so rounding noise never parts equals and readers can check them."""
    order = ranks(np.array([entry.rating for entry in ranked])).tolist()
    ends = [(entry.lower, entry.upper) for entry in ranked if entry.lower is not None and entry.upper is not None]
    if len(ends) < len(ranked):
        return [Place(rank, None, None) for rank in order]
    lower, upper = np.array(ends, dtype=np.float64).reshape(-1, 2).T
    ranges = np.stack(rank_ranges(lower, upper), axis=1).tolist()
    return [Place(rank, best, worst) for rank, (best, worst) in zip(order, ranges, strict=True)]


def _row(
    model: str, record: Record, rated: PublishedRating | None, place: Place | None, met: Opposition | None
) -> BoardRow:
    figures: dict[str, Any] = {**vars(record), "model": model}
    for part in filter(None, (rated, place)):
        figures |= vars(part)
    if rated:
        figures |= {"conditional_lower": rated.lower, "conditional_upper": rated.upper}
    if met:
        figures |= {
            "mean_opponent": round(met.mean_opponent, PUBLISHED_DECIMALS),
            "expected_wins": round(met.average_wins, PUBLISHED_DECIMALS),
        }
    return BoardRow(**figures)


def _board_order(row: BoardRow) -> tuple[bool, bool, float, str]:
    return row.rating is None, row.rank is None, -(row.rating or 0.0), row.model


DAVIDSON, DAVIDSON_VERSION = "davidson", "2"
ELO, ELO_VERSION = "elo", "1"
TRUESKILL, TRUESKILL_VERSION = "trueskill", "1"

Parameters = tuple[tuple[str, float], ...]
RANKED_FROM: Parameters = (("minimum_battles", float(MINIMUM_BATTLES)),)


def davidson_parameters(prior: float) -> Parameters:
    return (("prior", float(prior)), *RANKED_FROM)


def elo_parameters(k: float) -> Parameters:
    return (("k", float(k)), ("start", START), *RANKED_FROM)


def trueskill_parameters() -> Parameters:
    return (("mu", MU), ("sigma", SIGMA), ("beta", BETA), ("tau", TAU), ("draw_chance", DRAW_CHANCE), *RANKED_FROM)


def rank_davidson_board(tallies: Tallies, *, prior: float = 1.0) -> Board:
    """Raises what `fit_davidson` raises; `fit` of the board is a DavidsonFit."""
    fit = fit_davidson(tallies, prior)
    return Board(
        rows=board_rows(tallies, published_ratings(fit), oppositions(tallies, fit)),
        method=Method(DAVIDSON, DAVIDSON_VERSION, davidson_parameters(prior)),
        digest=tallies.digest,
        battles=tallies.battles,
        prior_decides_ends=not fit.strongly_connected,
        fit=fit,
    )


def rank_elo_board(tallies: Tallies, state: EloState) -> Board:
    """Ratings without intervals or rank ranges; raises BadState."""
    _check(tallies, state)
    return _replayed_board(tallies, state.ratings, Method(ELO, ELO_VERSION, elo_parameters(state.k)))


def rank_trueskill_board(tallies: Tallies, state: TrueSkillState) -> Board:
    """Lower bounds as ratings, without intervals or rank ranges; raises BadState."""
    _check(tallies, state)
    method = Method(TRUESKILL, TRUESKILL_VERSION, trueskill_parameters())
    return _replayed_board(tallies, state.ratings, method)


def _check(tallies: Tallies, state: EloState | TrueSkillState) -> None:
    if state.battles != tallies.battles:
        raise BadState(f"the state has replayed {state.battles} votes, the tallies count {tallies.battles}")
    unseen = [m for m, r in zip(tallies.models, tallies.records, strict=True) if r.battles and m not in state.models]
    if unseen:
        raise BadState(f"the state has no votes on models of the tallies: {', '.join(unseen)}")


def _replayed_board(tallies: Tallies, ratings: Mapping[str, float], method: Method) -> Board:
    """The largest component is rated, the rest not yet comparable: the same rule as for fits."""
    rated = connected_components(tallies)[0] if tallies.battles else ()
    published = [PublishedRating(m, round(ratings[m], PUBLISHED_DECIMALS), None, None) for m in rated]
    return Board(board_rows(tallies, published), method, tallies.digest, tallies.battles, False, None)
