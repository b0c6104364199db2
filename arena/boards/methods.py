"""The methods every board is computed by, and which of them a reader asks for; others are refused in words. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from arena.rating import board as boards
from arena.rating.board import BRADLEY_TERRY, BRADLEY_TERRY_VERSION, ELO, Board, rank_board
from arena.rating.fit import MINIMUM_BATTLES
from arena.rating.prompts import across_prompts
from arena.rating.rank_sets import with_rank_sets
from arena.rating.raters import board as rater_boards
from arena.rating.raters.answers import Answers
from arena.rating.sequential import K_FACTORS, EloState, TrueSkillState, replay_elo, replay_trueskill
from arena.rating.tallies import Tallies
from arena.rating.votes import VoteSequence
from providers.plain_values import aware_moment


@dataclass(frozen=True)
class BoardMethod:
    """`variant` is the method's own parameter in short; it tells the snapshots of one method apart."""

    name: str
    variant: str
    version: str
    parameters: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class FittedMethod(BoardMethod):
    """Needs the tallies alone."""

    compute: Callable[[Tallies], Board]


@dataclass(frozen=True)
class ReplayedMethod(BoardMethod):
    """Replays votes in their order; its state goes on from the votes it has seen."""

    start: Any
    load: Callable[[dict[str, Any]], Any]
    replay: Callable[[Any, VoteSequence], Any]
    compute: Callable[[Tallies, Any], Board]


@dataclass(frozen=True)
class VoterMethod(BoardMethod):
    """Needs to know which votes are of one voter; computed nightly."""

    compute: Callable[[Tallies, Answers], Board]


def _bradley_terry(prior: int) -> FittedMethod:
    parameters = (("prior", float(prior)), ("minimum_battles", float(MINIMUM_BATTLES)))
    return FittedMethod(
        BRADLEY_TERRY, f"prior={prior}", BRADLEY_TERRY_VERSION, parameters, partial(rank_board, prior=prior)
    )


def _elo(k: int) -> ReplayedMethod:
    return ReplayedMethod(
        name=boards.ELO,
        variant=f"k={k}",
        version=boards.ELO_VERSION,
        parameters=boards.elo_parameters(k),
        start=EloState(k),
        load=EloState.from_json,
        replay=replay_elo,
        compute=boards.rank_elo_board,
    )


HEADLINE: Final = _bradley_terry(1)
DAVIDSON: Final = FittedMethod(
    boards.DAVIDSON,
    "",
    boards.DAVIDSON_VERSION,
    boards.davidson_parameters(1),
    partial(boards.rank_davidson_board, prior=1),
)
TRUESKILL: Final = ReplayedMethod(
    name=boards.TRUESKILL,
    variant="",
    version=boards.TRUESKILL_VERSION,
    parameters=boards.trueskill_parameters(),
    start=TrueSkillState(),
    load=TrueSkillState.from_json,
    replay=replay_trueskill,
    compute=boards.rank_trueskill_board,
)
# the headline's fit on every vote that was cast and not undone: what setting votes aside has changed
EVERY_VOTE: Final = FittedMethod(
    "every-vote", "", BRADLEY_TERRY_VERSION, HEADLINE.parameters, partial(rank_board, prior=1)
)
FITTED: Final = (HEADLINE, _bradley_terry(0), DAVIDSON)
REPLAYED: Final = (*(_elo(k) for k in K_FACTORS), TRUESKILL)
RATER_WEIGHTED: Final = VoterMethod(
    rater_boards.RATER_WEIGHTED,
    "",
    rater_boards.RATER_WEIGHTED_VERSION,
    rater_boards.rater_parameters(),
    rater_boards.rank_rater_board,
)
METHODS: Final[tuple[BoardMethod, ...]] = (*FITTED, *REPLAYED, EVERY_VOTE, RATER_WEIGHTED)


def compute_fitted(method: FittedMethod, tallies: Tallies, competitions: Sequence[Tallies] = ()) -> Board:
    """The board; the headline with rank sets, and by its `competitions` where it is their sum. Raises RatingError."""
    board = method.compute(tallies)
    if method != HEADLINE:
        return board
    return with_rank_sets(across_prompts(board, competitions) if competitions else board)


# parameter: the method that has it, and what it is when not given
PARAMETERS = {"prior": (BRADLEY_TERRY, "1"), "k": (ELO, "4")}


class ChoiceRefused(ValueError):
    """A parameter that is not allowed; the message names it and what is."""


def check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raises ChoiceRefused."""
    if value not in allowed:
        raise ChoiceRefused(f"{name}: {value!r} is not allowed; use {' or '.join(word for word in allowed if word)}")


def moment(name: str, text: str) -> datetime | None:
    """A time with its zone, None for no text. Raises ChoiceRefused."""
    if not text:
        return None
    found = aware_moment(text.replace(" ", "+"))
    if found is None:
        raise ChoiceRefused(f"{name}: {text!r} is not allowed; use a time with its zone, such as 2026-11-01T00:00:00Z")
    return found


def chosen_method(name: str, prior: str | None = None, k: str | None = None) -> BoardMethod:
    """The method with its parameter; raises ChoiceRefused, also for a parameter the method does not have."""
    check_choice("method", name, tuple(dict.fromkeys(method.name for method in METHODS)))
    for parameter, value in (("prior", prior), ("k", k)):
        owner, _ = PARAMETERS[parameter]
        if value is not None and name != owner:
            raise ChoiceRefused(f"{parameter}: method {name} has none; only {owner} does")
    variants = {method.variant: method for method in METHODS if method.name == name}
    if "" in variants:
        return variants[""]
    parameter = next(found for found, (owner, _) in PARAMETERS.items() if owner == name)
    given = {"prior": prior, "k": k}[parameter]
    value = PARAMETERS[parameter][1] if given is None else given.removesuffix(".0")  # answers print it as 1.0
    if f"{parameter}={value}" not in variants:
        check_choice(parameter, given or "", tuple(variant.removeprefix(f"{parameter}=") for variant in variants))
    return variants[f"{parameter}={value}"]
