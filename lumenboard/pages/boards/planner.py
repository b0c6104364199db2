"""How many more votes, days and prompts decide about two models of a board: any pair asked for, and neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from arena.boards.claims import (
    ON_THESE,
    UNDECIDED,
    WITHHELD,
    PairVerdict,
    headline_cell,
    headline_scope,
    own_prompts_cell,
    pair_claim,
    within,
)
from arena.boards.table import board_head, find_board
from arena.boards.verdicts import BoardVerdicts, board_verdicts
from arena.models.visibility import Viewer
from arena.rating.boundary import POWER
from arena.rating.contrasts import prompts_until_decided
from arena.rating.outlooks import Outlook
from arena.rating.prompts import LEAST_COMPETITIONS
from lumenboard.facts.rows import starting_prices
from lumenboard.formatting import count, counted, usd
from lumenboard.pages.base import Paginator, addressed, known_board, select_field
from lumenboard.pages.boards.charts import votes_by_day
from lumenboard.pages.boards.parts import board_title, crumbs, part_tabs

PER_PAGE: Final = 100
POWERS: Final = (50, 60, 70, 80, 90, 95, 99)
PACE_DAYS: Final = 30
MANY: Final = 100_000
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, kw_only=True)
class Means:
    """What plans are made with: chance asked for, counted votes a day, dollars of one more prompt by slug."""

    power: float
    votes_a_day: float
    picture_usd: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class PlannedPair:
    """Two models, the higher rated first: what is decided, and what it takes to decide the rest, in words."""

    first: str
    second: str
    compare_url: str
    is_decided: bool
    claim: str
    headline: str
    own_prompts: str
    better: str
    equivalent: str
    days: str
    prompts: str
    dollars: str


@require_safe
@addressed
@known_board
def planner(request: HttpRequest, key: str, *, viewer: Viewer) -> HttpResponse:
    """`a` and `b` name models by slug; `power` is a percentage, or a fraction."""
    board = find_board(key, viewer)
    head, verdicts = board_head(board), board_verdicts(board)
    order = [slug for slug in verdicts.order if slug in verdicts.ranked]
    page = Paginator(list(pairwise(order)), PER_PAGE).get_page(request.GET.get("page"))
    names = verdicts.names(verdicts.order)
    chosen, power = [request.GET.get(name, "") for name in ("a", "b")], _power(request.GET.get("power", ""))
    asked = [tuple(chosen)] if len({*chosen} & {*order}) == 2 else []
    pairs = [*page, *asked]
    means = Means(
        power=power / 100,
        votes_a_day=_pace(votes_by_day(board), timezone.now().date()),
        picture_usd=_prices({slug for pair in pairs for slug in pair}, head.mode) if verdicts.several else {},
    )
    planned = _plans(verdicts, pairs, names, means)
    neighbours = planned[: len(page)]
    context: dict[str, Any] = {
        "title": f"{board_title(head)}: votes needed",
        "crumbs": crumbs(head, "Votes needed"),
        "parts": part_tabs(head, "/planner"),
        "action": f"{head.url}/planner",
        "fields": _fields(chosen, [(slug, names[slug]) for slug in order], power),
        "lede": _lede(planned[-1], verdicts, means) if asked else _neighbours_lede(neighbours, verdicts.several),
        "neighbours": neighbours,
        "power": power,
        "pace": _pace_words(means.votes_a_day),
        "several": verdicts.several,
        "scope": headline_scope(verdicts.several),
        "own_scope": ON_THESE,
        "equivalent": within(verdicts.margin),
        "page": page,
        "vote_url": f"/vote/{head.competition_id}" if head.kind == "competition" else "/vote",
    }
    return render(request, "boards/planner.html", context)


def _fields(chosen: Sequence[str], models: Sequence[tuple[str, str]], power: int) -> list[dict[str, Any]]:
    named = zip("ab", ("Model", "Other model"), chosen, strict=True)
    powers = [(str(one), f"Power: {one}%") for one in POWERS]
    return [
        *(select_field(*field, models, unset="choose") for field in named),
        select_field("power", "Power", str(power), powers, neutral=f"{POWER:.0%}".rstrip("%")),
    ]


def _power(text: str) -> int:
    """The percentage nearest to what was asked for; anything else is the usual one."""
    try:
        asked = float(text)
    except ValueError:
        return round(100 * POWER)
    if not 0 < asked <= 100:
        return round(100 * POWER)
    return min(POWERS, key=lambda one: abs(one - (asked if asked > 1 else 100 * asked)))


def _pace(days: Mapping[str, int], today: date) -> float:
    """Counted votes a day of the last thirty, or of as many as there are since the first."""
    known = {date.fromisoformat(day): votes for day, votes in days.items() if day}
    since = today - timedelta(days=PACE_DAYS)
    lately = {day: votes for day, votes in known.items() if day > since}
    if not lately:
        return 0.0
    span = (today - max(min(known), since + timedelta(days=1))).days + 1
    return sum(lately.values()) / max(1, span)


def _prices(slugs: set[str], mode: str) -> dict[str, Decimal]:
    """What one picture of a model costs at least, where that is known."""
    return {slug: price.amount_usd for slug, price in starting_prices(slugs, mode).items()}


def _plans(
    verdicts: BoardVerdicts, pairs: Sequence[tuple[str, str]], names: Mapping[str, str], means: Means
) -> list[PlannedPair]:
    found = verdicts.of(pairs)
    ahead = verdicts.outlooks([(one.first, one.second) for one in found], means.power)
    return [_planned(one, outlook, names, verdicts.margin, means) for one, outlook in zip(found, ahead, strict=True)]


def _planned(
    verdict: PairVerdict, outlook: Outlook, names: Mapping[str, str], margin: float, means: Means
) -> PlannedPair:
    slugs = sorted((verdict.first, verdict.second))
    least = min((votes for votes in (outlook.better, outlook.equivalent) if votes is not None), default=None)
    prompts = _prompts(verdict, margin, means.power)
    return PlannedPair(
        first=names[verdict.first],
        second=names[verdict.second],
        compare_url=f"/compare/{slugs[0]}/{slugs[1]}",
        is_decided=verdict.kind not in {UNDECIDED, WITHHELD},
        claim=pair_claim(verdict, names, margin),
        headline=headline_cell(verdict, names, margin),
        own_prompts=own_prompts_cell(verdict, names, margin),
        better=UNKNOWN if verdict.withheld else _votes(outlook.better),
        equivalent=UNKNOWN if verdict.withheld else _votes(outlook.equivalent),
        days="–" if not least or not means.votes_a_day else _days(least / means.votes_a_day),
        prompts=prompts[0],
        dollars=_dollars(verdict, prompts[1], means),
    )


def _votes(votes: int | None) -> str:
    if votes is None:
        return "no number"
    return "decided" if votes == 0 else count(votes) if votes <= MANY else f"more than {MANY:,}"


def _days(days: float) -> str:
    return count(max(1, round(days))) if days <= MANY else f"more than {MANY:,}"


def _prompts(verdict: PairVerdict, margin: float, power: float) -> tuple[str, int | None]:
    """How many more prompts the headline of a board of several takes, in words and as a number where one is known."""
    beyond = verdict.for_prompts
    if beyond is None or verdict.kind not in {UNDECIDED, WITHHELD}:
        return ("" if beyond is None else "decided"), None
    if beyond.reason and beyond.competitions is not None and beyond.competitions < LEAST_COMPETITIONS:
        least = LEAST_COMPETITIONS - beyond.competitions
        return f"at least {least}", least
    if beyond.lower is None or beyond.upper is None or beyond.competitions is None:
        return UNKNOWN, None
    half = (beyond.upper - beyond.lower) / 2
    ways = (abs(verdict.ahead), margin - abs(verdict.ahead))
    known = [prompts_until_decided(way, half, beyond.competitions, power) for way in ways]
    least_known = min((more for more in known if more is not None), default=None)
    return ("no number" if least_known is None else count(least_known)), least_known


def _dollars(verdict: PairVerdict, prompts: int | None, means: Means) -> str:
    """An entry of both models for each further prompt."""
    if not prompts:
        return "–"
    prices = [means.picture_usd.get(slug) for slug in (verdict.first, verdict.second)]
    if None in prices:
        return UNKNOWN
    return usd(prompts * sum((price for price in prices if price is not None), Decimal(0)))


def _lede(pair: PlannedPair, verdicts: BoardVerdicts, means: Means) -> str:
    """What is claimed of a pair, and what the rest takes."""
    votes = [
        f"{number} to decide {what}"
        for number, what in (
            (pair.better, "which is better"),
            (pair.equivalent, f"that they are equivalent {within(verdicts.margin)}"),
        )
        if number[0].isdigit() or number.startswith("more")
    ]
    own_scope = ON_THESE if verdicts.several else headline_scope(False)
    said = [pair.claim]
    if votes:
        said.append(
            f"With {means.power:.0%} power it takes further votes on the two: {' or '.join(votes)} {own_scope}, "
            "if they differ as it seems now."
        )
    if verdicts.several and not pair.is_decided:
        said.append(f"More prompts {headline_scope(True)}: {pair.prompts}, entries of both for {pair.dollars}.")
    return " ".join(said)


def _neighbours_lede(neighbours: Sequence[PlannedPair], several: bool) -> str:
    if not neighbours:
        return "The board has no two ranked models to decide between yet."
    decided = sum(pair.is_decided for pair in neighbours)
    return f"{decided} of {counted(len(neighbours), 'pair')} of neighbours are decided {headline_scope(several)}."


def _pace_words(votes_a_day: float) -> str:
    if not votes_a_day:
        return "The board’s pace is not known, so days are not either."
    return f"Days are those in which the board gets as many votes, at {votes_a_day:,.3g} a day."
