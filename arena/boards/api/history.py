"""What else there is of a board over REST: its past, its pairs, its votes. Reads only."""

from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from arena.boards.api.schemas import History, HistoryPoint, Matrix, Pair, Pairs, SideCounts
from arena.boards.api.vote_export import export
from arena.boards.history import history
from arena.boards.methods import ChoiceRefused, check_choice
from arena.boards.pairs import board_pairs
from arena.boards.table import find_board
from arena.models import Board
from arena.votes.log import read_tallies
from providers.api_types import TOTAL, PartRefused, Problem, chosen_part, say_part
from providers.exports import CONTENT_TYPES, file_answer
from providers.plain_values import whole_number

router = Router(tags=["leaderboards"])
VOTE_FORMS = ("csv", "ndjson")
LONGEST_DAYS = 366
MOST_PAIRS = 5_000
MOST_MODELS = 100


class PairsQuery(Schema):
    """Which pairs."""

    model: str = Field("", description="Slug: only pairs of this model.")
    limit: str = Field(str(MOST_PAIRS), description="Most pairs, 1 to 5000.")
    offset: str = Field("0", description="How many pairs of board order are left out before the first.")


AS_TEXT: dict[str, Any] = {
    "responses": {
        200: {"content": {CONTENT_TYPES[form].split(";")[0]: {"schema": {"type": "string"}} for form in VOTE_FORMS}}
    }
}


@router.get(
    "/leaderboards/{id}/history",
    response={200: History, 400: Problem, 404: Problem},
    summary="A board over time",
    operation_id="get_leaderboard_history",
)
def board_history(request: HttpRequest, id: str, days: str = "30") -> Any:
    """Kept headline snapshots of the last `days` (1 to 366), oldest first, at most 120; 100 places each."""
    span = whole_number(days, 1, LONGEST_DAYS)
    if span is None:
        return Status(
            400, Problem(detail=f"days: {days!r} is not allowed; use a whole number from 1 to {LONGEST_DAYS}")
        )
    try:
        board = find_board(id)
    except Board.DoesNotExist:
        return _no_board(id)
    items = [HistoryPoint.from_orm(past) for past in history(board, span, timezone.now())]
    return Status(200, History(id=board.key, items=items))


@router.get(
    "/leaderboards/{id}/pairs",
    response={200: Pairs, 400: Problem, 404: Problem},
    summary="Chances of pairs, as of one look",
    operation_id="get_leaderboard_pairs",
)
def list_pairs(request: HttpRequest, response: HttpResponse, id: str, query: Query[PairsQuery]) -> Any:
    """From the covariance of the headline fit, on these prompts. Who is better than whom is said by the verdicts alone.

    The header X-Total-Count says how many pairs there are, Link leads to the next ones.
    """
    try:
        part = chosen_part(query.limit, query.offset, MOST_PAIRS)
        board = find_board(id)
    except PartRefused as problem:
        return Status(400, Problem(detail=str(problem)))
    except Board.DoesNotExist:
        return _no_board(id)
    pairs = board_pairs(board)
    total = pairs.count(query.model)
    say_part(request, response, part, total)
    chosen = islice(pairs.all(query.model), part.start, part.stop) if part.start < total else ()
    items = [Pair.from_orm(odds) for odds in pairs.odds(chosen)]
    return Status(200, Pairs(id=board.key, digest=pairs.digest, items=items))


@router.get(
    "/leaderboards/{id}/matrix",
    response={200: Matrix, 400: Problem, 404: Problem},
    summary="Battles and points of every pair",
    operation_id="get_leaderboard_matrix",
)
def board_matrix(request: HttpRequest, response: HttpResponse, id: str, models: str = "") -> Any:
    """The tallies the board is fitted on, as they are now, for at most 100 models.

    `models` names them, slugs by commas; without it, those with most battles. X-Total-Count says how many there are.
    """
    named = tuple(filter(None, models.split(",")))
    if len(named) > MOST_MODELS:
        return Status(400, Problem(detail=f"models: names {len(named):,}; at most {MOST_MODELS} are allowed"))
    try:
        board = find_board(id)
    except Board.DoesNotExist:
        return _no_board(id)
    everyone = read_tallies(board).tallies
    if unknown := set(named) - set(everyone.models):
        return Status(400, Problem(detail=f"models: the board has no {min(unknown)!r:.60}"))
    response[TOTAL] = str(len(everyone.models))
    tallies = everyone.among(named or everyone.busiest(MOST_MODELS))
    battles = tallies.wins + tallies.wins.T + tallies.ties
    lines = (line.split("\t") for line in tallies.canonical_lines)
    sides = [SideCounts.model_validate(dict(zip(SideCounts.model_fields, line, strict=True))) for line in lines]
    return Status(
        200,
        Matrix(
            id=board.key,
            models=list(tallies.models),
            battles=battles.tolist(),
            points=tallies.scores.tolist(),
            sides=sides,
        ),
    )


@router.get(
    "/leaderboards/{id}/votes",
    response={400: Problem, 404: Problem},
    summary="A board's votes",
    operation_id="export_leaderboard_votes",
    openapi_extra=AS_TEXT,
)
def board_votes(request: HttpRequest, id: str, format: str = "csv") -> Any:
    """Every vote in order, without time, streamed as `csv` or `ndjson`.

    `voter` is a pseudonym, the same for all votes of one voter in this answer and another in the next; empty for votes
    that came without. `weight_reason` says why a vote does not count, and is empty where it does.
    """
    try:
        check_choice("format", format, VOTE_FORMS)
        board = find_board(id)
    except ChoiceRefused as problem:
        return Status(400, Problem(detail=str(problem)))
    except Board.DoesNotExist:
        return _no_board(id)
    return file_answer(export(board, format), f"{board.key}.votes", format)


def _no_board(id: str) -> Any:
    return Status(404, Problem(detail=f"id: there is no board {id!r}; /api/v1/leaderboards lists them all"))
