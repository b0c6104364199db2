"""The board of the method that weighs voters by their care, as it is published."""

from typing import Final

from arena.rating.board import RANKED_FROM, Board, Method, Parameters, board_rows, published_ratings
from arena.rating.errors import BadState
from arena.rating.raters.answers import Answers
from arena.rating.raters.discrimination import LEAST_VOTES, LOG_SPREAD, MOST_VOTERS, RaterFit, fit_raters
from arena.rating.tallies import Tallies

RATER_WEIGHTED, RATER_WEIGHTED_VERSION = "rater-weighted", "1"
PRIOR: Final = 1.0


def rater_parameters() -> Parameters:
    """What a reader needs beside the formula."""
    weighing = (("log_spread", LOG_SPREAD), ("weighed_from", float(LEAST_VOTES)), ("most_voters", float(MOST_VOTERS)))
    return (("prior", PRIOR), *weighing, *RANKED_FROM)


def rank_rater_board(tallies: Tallies, answers: Answers, fit: RaterFit | None = None) -> Board:
    """Tallies and answers are of the same votes, and `fit` is theirs where it is known. Raises BadState, and what
    `fit_raters` raises."""
    if len(answers) != tallies.battles:
        raise BadState(f"there are {len(answers)} votes with voters, the tallies count {tallies.battles}")
    fit = fit or fit_raters(answers, PRIOR)
    return Board(
        rows=board_rows(tallies, published_ratings(fit)),
        method=Method(RATER_WEIGHTED, RATER_WEIGHTED_VERSION, rater_parameters()),
        digest=tallies.digest,
        battles=tallies.battles,
        prior_decides_ends=not fit.strongly_connected,
        fit=fit,
    )
