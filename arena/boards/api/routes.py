"""Boards over REST: the list, and each board in JSON or CSV. Reads only."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from ninja import Query, Router, Schema, Status

from arena.boards.api.history import router as history_router
from arena.boards.api.raters import router as raters_router
from arena.boards.api.schemas import BoardAnswer, BoardItem, BoardList, Leader, StandingItem, UnfitProblem
from arena.boards.api.verdicts import router as verdicts_router
from arena.boards.methods import HEADLINE, BoardMethod, ChoiceRefused, check_choice, chosen_method, moment
from arena.boards.standings import STRONGEST, BoardSummary, BoardTable, one_per_family
from arena.boards.table import FitMissing, ListedBoards, board_table
from arena.models import Board
from providers.api_types import LIMIT_TEXT, OFFSET_TEXT, PartRefused, Problem, chosen_part, say_part
from providers.exports import csv_text, file_answer
from providers.sheet import MODES

BOARD_COLUMNS: Final = tuple(StandingItem.model_fields)
BOARDS_COLUMNS: Final = ("id", "kind", "title", "mode", "votes", "ranked_models", "computed_at")
# of figures; a rate has one
DECIMALS: Final = {
    name: 1 if name.endswith("_rate") else 2
    for name, field in StandingItem.model_fields.items()
    if field.annotation == float | None
}


router = Router(tags=["leaderboards"])
router.add_router("", history_router)
router.add_router("", verdicts_router)
router.add_router("", raters_router)
FORMATS = ("json", "csv")
KINDS = tuple(kind for kind, _ in Board.KINDS)
CSV_TOO: dict[str, Any] = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
LIMIT: str = Query("", description=LIMIT_TEXT)
OFFSET: str = Query("0", description=OFFSET_TEXT)


@router.get(
    "/leaderboards",
    response={200: BoardList, 400: Problem},
    summary="All boards",
    operation_id="list_leaderboards",
    openapi_extra=CSV_TOO,
)
def leaderboards(
    request: HttpRequest,
    response: HttpResponse,
    *,
    kind: str = "",
    mode: str = "",
    format: str = "json",
    limit: str = LIMIT,
    offset: str = OFFSET,
) -> Any:
    """Modes first, then categories, then competitions, 1000 a page. `kind` and `mode` narrow the list.

    `format=csv` is a table. The header X-Total-Count says how many boards there are, Link leads to the next page.
    """
    try:
        check_choice("kind", kind, ("", *KINDS))
        check_choice("mode", mode, ("", *MODES))
        check_choice("format", format, FORMATS)
        part = chosen_part(limit, offset, whole=format == "csv")
    except (ChoiceRefused, PartRefused) as problem:
        return Status(400, Problem(detail=str(problem)))
    boards = ListedBoards(**{name: of for name, of in (("kind", kind), ("mode", mode)) if of})
    items = [_item(summary) for summary in boards[part]]
    file = _csv(items, BOARDS_COLUMNS, "leaderboards") if format == "csv" else None
    total = boards.count()
    say_part(request, file or response, part, total)
    return file or Status(200, BoardList(items=items, count=total))


@router.get(
    "/leaderboards/{id}",
    response={200: BoardAnswer, 400: Problem, 404: Problem, 409: UnfitProblem},
    summary="One board",
    operation_id="get_leaderboard",
    openapi_extra=CSV_TOO,
)
def leaderboard(
    request: HttpRequest,
    response: HttpResponse,
    id: str,
    *,
    method: str = HEADLINE.name,
    prior: str | None = None,
    k: str | None = None,
    at: str = "",
    families: str = "",
    format: str = "json",
    limit: str = LIMIT,
    offset: str = OFFSET,
) -> Any:
    """The current snapshot, or with `at` (2026-11-01T00:00:00Z) the one that stood then; old ones are thinned.

    `method` is bradley-terry, davidson, elo or trueskill, every-vote: the headline's fit with the votes that are set
    aside, written within minutes, or rater-weighted, computed nightly. `k` (4 or 32) belongs to elo,
    `prior` (1 or 0) to bradley-terry, where 0 is maximum likelihood and 409 says that there is none.
    `families=strongest` leaves one model of each family and counts ranks among these. `format=csv` is a table.
    The first 1000 models come without `offset`; X-Total-Count says how many there are, Link leads to the next ones.
    """
    try:
        check_choice("format", format, FORMATS)
        check_choice("families", families, ("", STRONGEST))
        part = chosen_part(limit, offset, whole=format == "csv")
        chosen = chosen_method(method, prior, k)
        table = board_table(id, chosen.name, chosen.variant, moment("at", at))
    except (ChoiceRefused, PartRefused) as problem:
        return Status(400, Problem(detail=str(problem)))
    except Board.DoesNotExist:
        return Status(404, Problem(detail=f"id: there is no board {id!r}; /api/v1/leaderboards lists them all"))
    except FitMissing as missing:
        return Status(409, UnfitProblem(detail=f"{chosen.variant}: {missing}", models=list(missing.models)))
    if families:
        table = one_per_family(table)
    standings = [StandingItem.from_orm(row) for row in table.rows[part]]
    file = _csv(standings, BOARD_COLUMNS, table.board.id) if format == "csv" else None
    if table.computation and not families:  # families change without the snapshot
        (file or response)["Last-Modified"] = http_date(table.computation.computed_at.timestamp())
    say_part(request, file or response, part, len(table.rows))
    return file or Status(200, _answer(table, chosen, standings))


def _csv(items: Sequence[Schema], columns: Sequence[str], name: str) -> Any:
    """One line per item, in order."""
    rows = ([getattr(item, column) for column in columns] for item in items)
    return file_answer(csv_text(rows, columns, DECIMALS), name, "csv")


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


def _answer(table: BoardTable, method: BoardMethod, standings: list[StandingItem]) -> BoardAnswer:
    board, computation = table.board, table.computation
    return BoardAnswer(
        id=board.id,
        kind=board.kind,
        title=board.title,
        mode=board.mode,
        votes=computation.votes if computation else 0,
        excluded_votes=computation.excluded_votes if computation else 0,
        ranked_models=computation.ranked_models if computation else 0,
        method=method.name,
        parameters=dict(method.parameters),
        version=computation.version if computation else method.version,
        last_vote_number=computation.last_vote_number if computation else 0,
        digest=computation.digest if computation else None,
        prior_decides_ends=computation.prior_decides_ends if computation else False,
        computed_at=computation.computed_at if computation else None,
        findings=computation.findings if computation else {},
        standings=standings,
    )
