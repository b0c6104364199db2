"""Parity boards over REST: one model at several providers. Reads only."""

from datetime import date, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from arena.boards.claims import UNDECIDED
from arena.boards.methods import ChoiceRefused, check_choice
from arena.models.visibility import EVERYONE
from arena.parity.board import ParityVerdict, find_parity_board, listed_parity_boards
from lumenboard.facts.parity import ParityFacts, ParityLine, parity_facts
from lumenboard.facts.schemas import Exact, NamedItem, digits
from providers.api_types import LIMIT_TEXT, OFFSET_TEXT, PartRefused, Problem, chosen_part, say_part
from providers.exports import csv_text, file_answer
from providers.pricing import Cost
from providers.sheet import MODES

router = Router(tags=["leaderboards"])
FORMATS: Final = ("json", "csv")
CSV_TOO: Final[dict[str, Any]] = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
LIMIT: str = Query("", description=LIMIT_TEXT)  # type: ignore[type-arg]
OFFSET: str = Query("0", description=OFFSET_TEXT)  # type: ignore[type-arg]


class ParityBoardItem(Schema):
    """A board in the list."""

    id: str
    model: NamedItem
    mode: str
    votes: int
    computed_at: datetime | None


class ParityBoardList(Schema):
    """All parity boards that were asked for."""

    items: list[ParityBoardItem]
    count: int


class ParityStanding(Schema):
    """One endpoint, in board order. Ratings compare the endpoints of this board alone."""

    endpoint: str = Field(description="Its key: provider/name.")
    provider: NamedItem
    rating: float | None = Field(description="Elo scale, mean 1000 on this board; null before its first battle.")
    lower: float | None = Field(description="Lower end of the 95% interval for the prompts of this board.")
    upper: float | None
    rank: int | None
    rank_best: int | None
    rank_worst: int | None
    wins: int
    losses: int
    ties: int = Field(description="Both-bad outcomes included.")
    both_bad: int
    battles: int
    entries: int = Field(description="Pictures it has on the board.")
    simulated: bool = Field(description="Some of its pictures were drawn by the built-in simulator.")
    image_usd: Exact | None = Field(description="One image of 1024x1024; null where that is not known.")
    p50_ms: int | None = Field(description="Median of successful calls in this mode over 30 days.")
    p95_ms: int | None
    success_rate: Exact | None = Field(description="A fraction of calls over 30 days.")
    performance_simulated: bool | None = Field(
        description="Whether these are calls of the simulator; null without any."
    )


class ParityVerdictItem(Schema):
    """What the votes decide about two endpoints, the higher rated first; on these prompts it holds at every look."""

    first: str
    second: str
    difference: float = Field(description="First less second in points, as the board is fitted now.")
    votes: int = Field(description="Votes on these two.")
    margin: float = Field(description="Points within which two endpoints are as good as equal.")
    on_these_prompts: str = Field(description="better, equivalent or undecided.")
    better: str | None = Field(description="Key of the better one on these prompts.")
    decided_by_vote: int | None = Field(description="Number of the vote that decided; null while undecided.")
    decided_on: date | None
    for_prompts_like_these: str | None = Field(
        description="better, equivalent, undecided, or withheld where too few prompts have battles of both; null on a "
        "board of one prompt."
    )
    lower: float | None = Field(description="97% interval of the difference for prompts like these.")
    upper: float | None
    sentence: str


class ParityBoardAnswer(Schema):
    """A board with its standings and verdicts; before its first computation there are no ratings."""

    id: str
    model: NamedItem
    mode: str
    prompts: int
    seeds: int
    votes: int
    set_aside_votes: int = Field(description="Votes that do not count: taken out by an operator, or cast too fast.")
    method: str | None
    version: str | None
    parameters: dict[str, float]
    last_vote_number: int = Field(description="Numbers of parity votes are a sequence of their own.")
    digest: str | None = Field(description="SHA-256 of the canonical tally lines, endpoints in place of models.")
    computed_at: datetime | None
    standings: list[ParityStanding]
    verdicts: list[ParityVerdictItem]


COLUMNS: Final = tuple(name for name in ParityStanding.model_fields if name != "provider")
DECIMALS: Final = dict.fromkeys(("rating", "lower", "upper"), 2)


@router.get(
    "/parity",
    response={200: ParityBoardList, 400: Problem},
    summary="All parity boards",
    operation_id="list_parity_boards",
)
def list_parity_boards(
    request: HttpRequest, response: HttpResponse, *, mode: str = "", limit: str = LIMIT, offset: str = OFFSET
) -> Any:
    """By model and mode, 1000 a page: where one model is judged blind at several providers.

    The header X-Total-Count says how many there are, Link leads to the next page.
    """
    try:
        check_choice("mode", mode, ("", *MODES))
        part = chosen_part(limit, offset)
    except (ChoiceRefused, PartRefused) as problem:
        return Status(400, Problem(detail=str(problem)))
    boards = listed_parity_boards(EVERYONE)
    if mode:
        boards = boards.filter(mode=mode)
    total = boards.count()
    items = []
    for board in boards[part]:
        snapshot = getattr(board, "snapshot", None)
        named = NamedItem(slug=board.model.slug, name=board.model.name)
        votes, computed_at = (snapshot.votes, snapshot.computed_at) if snapshot else (0, None)
        items.append(ParityBoardItem(id=board.key, model=named, mode=board.mode, votes=votes, computed_at=computed_at))
    say_part(request, response, part, total)
    return Status(200, ParityBoardList(items=items, count=total))


@router.get(
    "/parity/{id}",
    response={200: ParityBoardAnswer, 400: Problem, 404: Problem},
    summary="One parity board",
    operation_id="get_parity_board",
    openapi_extra=CSV_TOO,
)
def get_parity_board(request: HttpRequest, id: str, *, format: str = "json") -> Any:
    """Endpoints of one model, ranked by blind pairs of the same prompt and seed, with price, speed and success.

    `id` is parity-<model>-<mode>. `format=csv` is the table of endpoints. Nothing of these votes is in the ratings of
    models.
    """
    try:
        check_choice("format", format, FORMATS)
    except ChoiceRefused as problem:
        return Status(400, Problem(detail=str(problem)))
    board = find_parity_board(id, EVERYONE) if "\0" not in id else None
    if board is None:
        return Status(404, Problem(detail=f"id: there is no parity board {id!r}; /api/v1/parity lists them all"))
    facts = parity_facts(board)
    standings = [_standing(line) for line in facts.lines]
    if format == "csv":
        rows = ([getattr(item, column) for column in COLUMNS] for item in standings)
        return file_answer(csv_text(rows, COLUMNS, DECIMALS), board.key, "csv")
    return Status(200, _answer(facts, standings))


def _standing(line: ParityLine) -> ParityStanding:
    endpoint, measured = line.row.endpoint, line.performance
    names = ("rating", "lower", "upper", "rank", "rank_best", "rank_worst", "wins", "losses", "ties", "both_bad")
    return ParityStanding(
        endpoint=endpoint.key,
        provider=NamedItem(slug=endpoint.provider_slug, name=endpoint.provider),
        **{name: line.row.figures[name] for name in names},
        battles=line.row.battles,
        entries=line.row.entries,
        simulated=line.row.simulated,
        image_usd=digits(line.image_cost.total_usd) if isinstance(line.image_cost, Cost) else None,
        p50_ms=measured.p50_ms if measured else None,
        p95_ms=measured.p95_ms if measured else None,
        success_rate=None if measured is None or measured.success_rate is None else digits(measured.success_rate),
        performance_simulated=measured.simulated if measured else None,
    )


def _answer(facts: ParityFacts, standings: list[ParityStanding]) -> ParityBoardAnswer:
    board, computed = facts.board, facts.table.computation
    return ParityBoardAnswer(
        id=board.key,
        model=NamedItem(slug=board.model.slug, name=board.model.name),
        mode=board.mode,
        prompts=facts.table.prompts,
        seeds=facts.table.seeds,
        votes=facts.table.votes,
        set_aside_votes=computed.set_aside_votes if computed else 0,
        method=computed.method if computed else None,
        version=computed.version if computed else None,
        parameters=computed.parameters if computed else {},
        last_vote_number=computed.last_vote_number if computed else 0,
        digest=computed.digest if computed else None,
        computed_at=facts.table.computed_at,
        standings=standings,
        verdicts=[_verdict(one) for one in facts.table.verdicts],
    )


def _verdict(verdict: ParityVerdict) -> ParityVerdictItem:
    pair, decided, beyond = verdict.pair, verdict.pair.on_these, verdict.pair.for_prompts
    return ParityVerdictItem(
        first=pair.first,
        second=pair.second,
        difference=pair.ahead,
        votes=verdict.votes,
        margin=verdict.margin,
        on_these_prompts=decided.kind if decided else UNDECIDED,
        better=decided.winner or None if decided else None,
        decided_by_vote=decided.number if decided else None,
        decided_on=decided.decided_on if decided else None,
        for_prompts_like_these=beyond.kind if beyond else None,
        lower=beyond.lower if beyond else None,
        upper=beyond.upper if beyond else None,
        sentence=verdict.sentence,
    )
