"""The boards of the other methods on the same tallies: Davidson, and the two that replay votes.

A state of a sequential method must come from exactly the votes that the tallies count.
"""

from __future__ import annotations

from collections.abc import Mapping

from arena.rating.board import Board, Method, PublishedRating, board_rows, published_ratings
from arena.rating.components import connected_components
from arena.rating.davidson import fit_davidson
from arena.rating.elo import START, EloState
from arena.rating.errors import BadState
from arena.rating.ranks import MINIMUM_BATTLES
from arena.rating.scale import PUBLISHED_DECIMALS
from arena.rating.tallies import Tallies
from arena.rating.trueskill import BETA, DRAW_CHANCE, MU, SIGMA, TAU, TrueSkillState

DAVIDSON, DAVIDSON_VERSION = "davidson", "1"
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
        rows=board_rows(tallies, published_ratings(fit)),
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
