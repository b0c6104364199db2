"""Whom a model met, and what the ratings expected of that."""

from dataclasses import dataclass

import numpy as np

from arena.rating.chances import chance, chances, to_elo
from arena.rating.components import places_of
from arena.rating.davidson import DavidsonFit, outcome_chances
from arena.rating.fit import RatingFit
from arena.rating.tallies import Floats, Tallies


@dataclass(frozen=True)
class Opposition:
    """Over one model's battles: the mean rating of whom it met, and what the ratings expect of such a draw.

    `expected_wins` are points, a tie counting half (wins alone under Davidson): what the model's own rating
    gives, so its distance from the record is the pull of the prior. `average_wins` are what a model rated
    1000 would have had against the same opponents: the measure of how hard the draw was.
    """

    model: str
    battles: int
    mean_opponent: float
    expected_wins: float
    average_wins: float


def oppositions(tallies: Tallies, fit: RatingFit) -> tuple[Opposition, ...]:
    """One per fitted model, in slug order; `fit` must be a fit of these tallies."""
    if not fit.models:
        return ()
    places = places_of(tallies, fit.models)
    met = (tallies.wins + tallies.wins.T + tallies.ties)[np.ix_(places, places)]
    battles = met.sum(axis=1)
    centred = fit.strengths - fit.strengths.mean()
    own, average = _win_chances(fit, centred)
    columns = (
        battles,
        (met @ to_elo(fit.strengths)) / battles,
        (met * own).sum(axis=1),
        (met * average[None, :]).sum(axis=1),
    )
    lines = zip(fit.models, *(column.tolist() for column in columns), strict=True)
    return tuple(Opposition(*line) for line in lines)


def _win_chances(fit: RatingFit, centred: Floats) -> tuple[Floats, Floats]:
    if isinstance(fit, DavidsonFit):
        own = outcome_chances(centred[:, None] - centred[None, :], fit.tie)[0]
        return own, outcome_chances(-centred, fit.tie)[0]
    return chances(centred), chance(-centred)
