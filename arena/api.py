"""Boards over REST: the list, and each board in JSON or CSV. Reads only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status

from arena.board_csv import board_csv, boards_csv
from arena.board_methods import HEADLINE, METHODS, BoardMethod
from arena.board_table import BoardSummary, BoardTable, FitMissing, StandingRow, board_table, list_boards
from arena.models import Board
from providers.modes import MODES

router = Router(tags=["leaderboards"])
FORMATS = ("json", "csv")
KINDS = tuple(kind for kind, _ in Board.KINDS)
CSV_TOO: dict[str, Any] = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}


class Problem(Schema):
    """What was wrong with a request."""

    detail: str


class UnfitProblem(Problem):
    """Why a method has no figures on a board."""

    models: list[str] = Field(description="Slugs of the models without which the fit exists.")


class Leader(Schema):
    """The model in front."""

    model: str
    slug: str
    creator: str
    rating: float | None


class BoardItem(Schema):
    """A board in the list."""

    id: str
    kind: str = Field(description="mode, category or competition.")
    title: str
    mode: str
    votes: int
    ranked_models: int
    computed_at: datetime | None
    leader: Leader | None


class BoardList(Schema):
    """All boards that were asked for."""

    items: list[BoardItem]
    count: int


class StandingItem(Schema):
    """One model on a board, in board order."""

    model: str
    slug: str
    creator: str
    rating: float | None = Field(description="Elo scale, two decimals; null when not yet comparable.")
    lower: float | None = Field(description="Lower end of the 95 % interval.")
    upper: float | None
    rank: int | None = Field(description="Null under 4 battles, and when not yet comparable.")
    rank_best: int | None
    rank_worst: int | None
    wins: int
    losses: int
    ties: int = Field(description="Both-bad outcomes included.")
    both_bad: int
    battles: int
    win_rate: float | None = Field(description="Wins of all battles, in per cent, one decimal.")
    comparable: bool


class BoardAnswer(Schema):
    """A board, how it was computed, and its standings; before its first computation the latter are empty."""

    id: str
    kind: str
    title: str
    mode: str
    votes: int
    ranked_models: int
    method: str
    parameters: dict[str, float]
    version: str
    last_vote_number: int
    digest: str | None = Field(description="SHA-256 of the canonical tally lines the figures rest on.")
    prior_decides_ends: bool
    computed_at: datetime | None
    standings: list[StandingItem]


class BadRequest(ValueError):
    """A query parameter that is not allowed; the message names it and what is."""


@router.get(
    "/leaderboards",
    response={200: BoardList, 400: Problem},
    summary="All boards",
    operation_id="list_leaderboards",
    openapi_extra=CSV_TOO,
)
def leaderboards(request: HttpRequest, kind: str = "", mode: str = "", format: str = "json") -> Any:
    """Modes first, then categories, then competitions. `kind` and `mode` narrow the list; `format=csv` is a table."""
    try:
        _one_of("kind", kind, ("", *KINDS))
        _one_of("mode", mode, ("", *MODES))
        _one_of("format", format, FORMATS)
    except BadRequest as problem:
        return Status(400, Problem(detail=str(problem)))
    items = [_item(summary) for summary in list_boards(kind, mode)]
    if format == "csv":
        return _csv(boards_csv(item.dict() for item in items), "leaderboards")
    return Status(200, BoardList(items=items, count=len(items)))


@router.get(
    "/leaderboards/{id}",
    response={200: BoardAnswer, 400: Problem, 404: Problem, 409: UnfitProblem},
    summary="One board",
    operation_id="get_leaderboard",
    openapi_extra=CSV_TOO,
)
def leaderboard(
    request: HttpRequest, id: str, method: str = HEADLINE.name, prior: str = "1", format: str = "json"
) -> Any:
    """The current snapshot. `prior=0` is maximum likelihood, 409 where that does not exist; `format=csv` is a table."""
    try:
        _one_of("format", format, FORMATS)
        chosen = _method(method, prior)
        table = board_table(id, chosen.name, chosen.variant)
    except BadRequest as problem:
        return Status(400, Problem(detail=str(problem)))
    except Board.DoesNotExist:
        return Status(404, Problem(detail=f"id: there is no board {id!r}; /api/v1/leaderboards lists them all"))
    except FitMissing as missing:
        return Status(409, UnfitProblem(detail=f"{chosen.variant}: {missing}", models=list(missing.models)))
    standings = [_standing(row) for row in table.rows]
    if format == "csv":
        return _csv(board_csv(item.dict() for item in standings), table.board.id)
    return Status(200, _answer(table, chosen, standings))


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadRequest(f"{name}: {value!r} is not allowed; use {' or '.join(word for word in allowed if word)}")


def _method(name: str, prior: str) -> BoardMethod:
    _one_of("method", name, tuple(dict.fromkeys(method.name for method in METHODS)))
    priors = {method.variant.removeprefix("prior="): method for method in METHODS}
    plain = prior.removesuffix(".0")  # answers print it as 1.0
    if plain not in priors:
        _one_of("prior", prior, tuple(priors))
    return priors[plain]


def _item(summary: BoardSummary) -> BoardItem:
    board, leader = summary.board, summary.leader
    return BoardItem(
        id=board.id,
        kind=board.kind,
        title=board.title,
        mode=board.mode,
        votes=summary.votes,
        ranked_models=summary.ranked_models,
        computed_at=summary.computed_at,
        leader=Leader.from_orm(leader) if leader else None,
    )


def _standing(row: StandingRow) -> StandingItem:
    return StandingItem.from_orm(row)


def _answer(table: BoardTable, method: BoardMethod, standings: list[StandingItem]) -> BoardAnswer:
    board, computation = table.board, table.computation
    return BoardAnswer(
        id=board.id,
        kind=board.kind,
        title=board.title,
        mode=board.mode,
        votes=computation.votes if computation else 0,
        ranked_models=computation.ranked_models if computation else 0,
        method=method.name,
        parameters=dict(method.parameters),
        version=computation.version if computation else method.version,
        last_vote_number=computation.last_vote_number if computation else 0,
        digest=computation.digest if computation else None,
        prior_decides_ends=computation.prior_decides_ends if computation else False,
        computed_at=computation.computed_at if computation else None,
        standings=standings,
    )


def _csv(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
