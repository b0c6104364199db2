"""Verdicts of a board over REST: what its votes decide about every pair. Reads only."""

import math
from datetime import date
from itertools import islice
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from arena.boards.claims import PairVerdict, pair_claim
from arena.boards.pairs import BoardPairs
from arena.boards.table import find_board
from arena.boards.verdicts import BoardVerdicts, Outlook, board_verdicts
from arena.models import Board
from arena.rating.boundary import POWER
from providers.api_types import PartRefused, Problem, chosen_part, say_part

router = Router(tags=["leaderboards"])
MOST_VERDICTS: Final = 500
LEAST_POWER, MOST_POWER = 0.5, 0.99


class VerdictsQuery(Schema):
    """Which pairs, and how surely foreseen votes should decide."""

    model: str = Field("", description="Slug: only pairs of this model.")
    power: str = Field(str(POWER), description="Chance with which the foreseen votes decide, 0.5 to 0.99.")
    limit: str = Field(str(MOST_VERDICTS), description="Most pairs, 1 to 500.")
    offset: str = Field("0", description="How many pairs of board order are left out before the first.")


class DecisionItem(Schema):
    """What is decided on these prompts, at every look alike."""

    winner: str = Field(description="Slug; empty of equivalents.")
    number: int = Field(description="Of the vote that decided it.")
    decided_on: date | None = Field(description="Its day, UTC; null where the vote has no time.")


class PromptsItem(Schema):
    """What is claimed for prompts like those of the board."""

    kind: str = Field(description="better, equivalent, undecided or withheld.")
    winner: str
    reason: str = Field(
        description="Why it is withheld: few_competitions (under 5 with battles of both), cut_off, too_large, "
        "not_converged or not_judged."
    )
    competitions: int | None = Field(description="With battles of both.")
    lower: float | None = Field(description="Lower end of the 97% interval of first less second, in Elo points.")
    upper: float | None


class VerdictItem(Schema):
    """Two models, the higher rated one first."""

    first: str
    second: str
    ahead: float = Field(description="First less second as published, in Elo points.")
    kind: str = Field(description="The headline: for prompts like these where the board has several, else on these.")
    winner: str
    better: DecisionItem | None = Field(description="On these prompts.")
    equivalent: DecisionItem | None = Field(description="On these prompts; can stand beside better.")
    for_prompts: PromptsItem | None = Field(description="Null on a board of one competition.")
    claim: str = Field(description="All of it in words, each scope named, as pages say it.")
    votes_for_better: int | None = Field(
        description="Further votes on the two until better is said on these prompts, with this power, if they differ "
        "as it seems now; 0: it is. Null: no number of votes."
    )
    votes_for_equivalent: int | None


class FirstPlaceItem(Schema):
    """Who is better than every other ranked model, two at least; empty for nobody."""

    on_these: str
    for_prompts: str | None = Field(description="Null on a board of one competition.")


class Verdicts(Schema):
    """Pairs of rated models, in board order."""

    id: str
    several: bool = Field(description="Whether the board is of several competitions.")
    margin: float = Field(description="Elo points within which two models are equivalent.")
    judged: int = Field(description="Number of the last vote that was judged.")
    withheld: str = Field(description="Why nothing is: too_large (over 100 models), not_judged (votes wait), or empty.")
    power: float
    first_place: FirstPlaceItem
    items: list[VerdictItem]


class PowerRefused(ValueError):
    """The message says what is allowed."""


@router.get(
    "/leaderboards/{id}/verdicts",
    response={200: Verdicts, 400: Problem, 404: Problem},
    summary="What the votes decide about every pair",
    operation_id="get_leaderboard_verdicts",
)
def list_verdicts(request: HttpRequest, response: HttpResponse, id: str, query: Query[VerdictsQuery]) -> Any:
    """Judged after every counted vote, so they hold however often one looks.

    The header X-Total-Count says how many pairs there are, Link leads to the next ones.
    """
    try:
        part = chosen_part(query.limit, query.offset, MOST_VERDICTS)
        power = _power(query.power)
        board = find_board(id)
    except (PartRefused, PowerRefused) as problem:
        return Status(400, Problem(detail=str(problem)))
    except Board.DoesNotExist:
        return Status(404, Problem(detail=f"id: there is no board {id!r}; /api/v1/leaderboards lists them all"))
    verdicts = board_verdicts(board)
    pairs = BoardPairs(None, verdicts.order, None, verdicts.ratings)
    total = pairs.count(query.model)
    say_part(request, response, part, total)
    chosen = list(islice(pairs.all(query.model), part.start, part.stop) if part.start < total else ())
    names = verdicts.names({slug for pair in chosen for slug in pair})
    found = zip(verdicts.of(chosen), verdicts.outlooks(chosen, power), strict=True)
    items = [_item(one, outlook, pair_claim(one, names, verdicts.margin)) for one, outlook in found]
    return Status(200, _answer(verdicts, power, items))


def _answer(verdicts: BoardVerdicts, power: float, items: list[VerdictItem]) -> Verdicts:
    return Verdicts(
        id=verdicts.board.key,
        several=verdicts.several,
        margin=verdicts.margin,
        judged=verdicts.judged,
        withheld=verdicts.withheld,
        power=power,
        first_place=FirstPlaceItem.from_orm(verdicts.first_place()),
        items=items,
    )


def _item(found: PairVerdict, outlook: Outlook, claim: str) -> VerdictItem:
    return VerdictItem(
        first=found.first,
        second=found.second,
        ahead=found.ahead,
        kind=found.kind,
        winner=found.winner,
        better=DecisionItem.from_orm(found.better) if found.better else None,
        equivalent=DecisionItem.from_orm(found.equivalent) if found.equivalent else None,
        for_prompts=PromptsItem.from_orm(found.for_prompts) if found.for_prompts else None,
        claim=claim,
        votes_for_better=outlook.better,
        votes_for_equivalent=outlook.equivalent,
    )


def _power(text: str) -> float:
    try:
        power = float(text)
    except ValueError:
        power = math.nan
    if not LEAST_POWER <= power <= MOST_POWER:
        raise PowerRefused(f"power: {text[:40]!r} is not allowed; use a number from {LEAST_POWER} to {MOST_POWER}")
    return power
