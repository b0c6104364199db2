"""The home page: who leads each mode, where it is close, what happened, what to do next."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Count, Max, OuterRef, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from arena.boards.races import closest_races
from arena.boards.standings import BoardTable, StandingRow
from arena.boards.table import find_board, mode_tables
from arena.boards.verdicts import board_verdicts
from arena.models import Competition, Entry, Tally, Vote, VoteImport
from arena.models.battles import tallied_votes
from arena.models.competitions import public_models
from arena.models.visibility import pictured_entry
from arena.rating.criteria import OVERALL
from lumenboard.formatting import counted, mode_label
from lumenboard.pages.boards.board import leaders_of
from lumenboard.pages.boards.parts import lead_sentence
from lumenboard.pages.models.provider_health import provider_health
from lumenboard.pages.pictures import Picture, picture_of
from providers.models import ImageModel, Provider
from providers.sheet import MODES

RACES = 5
PICTURES = 4


@dataclass(frozen=True)
class ModeCard:
    """One mode's leaders."""

    key: str
    title: str
    basis: str
    url: str
    rows: list[StandingRow]


@dataclass(frozen=True)
class Showcase:
    """One competition's best entries side by side."""

    title: str
    prompt: str
    url: str
    pictures: list[Picture]


def home(request: HttpRequest) -> HttpResponse:
    """Reads snapshots only."""
    tables = mode_tables(MODES)
    context = {
        "headline": "Which image model, and where to run it",
        "lede": _lede(tables),
        "is_demo": any(row.is_demo for table in tables for row in table.rows),
        "modes": [_card(table) for table in tables],
        "steps": _steps(bool(tables)),
        "showcase": _showcase(),
        "races": [_race(race) for race in closest_races(RACES)],
        "activity": latest_activity(6),
        "providers": _providers(),
    }
    return render(request, "home/home.html", context)


def _lede(tables: list[BoardTable]) -> str:
    if not tables or tables[0].computation is None:
        return (
            "Blind votes on image pairs make the rankings; the catalogue says what each model costs and where it runs."
        )
    rows, made = tables[0].rows, tables[0].computation
    lead = board_verdicts(find_board(tables[0].board.id)).lead(row.slug for row in rows if row.rank is not None)
    sentence = lead_sentence(rows, made.computed_at, lead)
    return f"{mode_label(tables[0].board.mode)}: {sentence[0].lower()}{sentence[1:]}"


def _card(table: BoardTable) -> ModeCard:
    made = table.computation
    basis = f"{counted(made.ranked_models, 'ranked model')}, {counted(made.votes, 'vote')}" if made else ""
    return ModeCard(table.board.id, mode_label(table.board.mode), basis, table.board.url, leaders_of(table))


def _steps(has_boards: bool) -> list[dict[str, str]]:
    if has_boards:
        return [
            {"title": "Vote blind", "url": "/vote", "text": "Two pictures, one prompt, no names: which is better?"},
            {"title": "Compare prices and endpoints", "url": "/models", "text": "Filter by mode, provider and tag."},
            {"title": "Browse every board", "url": "/leaderboards", "text": "Per mode, per category, per competition."},
            {"title": "Take the figures with you", "url": "/api/v1/docs", "text": "Every board as JSON and CSV."},
        ]
    return [
        {
            "title": "Bring your votes",
            "text": "A CSV of left, right, winner becomes a board.",
            "command": "manage.py import_votes FILE --mode text-to-image",
        },
        {
            "title": "Bring your models",
            "text": "Catalogue files, or a model card as other sites publish them.",
            "command": "manage.py import_catalogue PATH",
        },
        {
            "title": "Look around first",
            "text": "An invented world to try things on; remove_demo takes it out again.",
            "command": "manage.py seed_demo",
        },
        {"title": "Operator's side", "url": "/admin/", "text": "Competitions, entries, models and prices."},
    ]


def _showcase() -> Showcase | None:
    """Another competition every day, its best entries first."""
    pictured = Count("entries", filter=pictured_entry("entries__"))
    candidates = Competition.objects.public().annotate(pictured=pictured).filter(pictured__gte=PICTURES).order_by("id")
    keys = list(candidates.values_list("pk", flat=True))
    if not keys:
        return None
    chosen = Entry.objects.pictured().filter(competition=keys[timezone.now().toordinal() % len(keys)])
    entries = list(chosen.select_related("model__creator", "image", "competition"))
    if not entries:
        return None
    best = sorted(entries, key=attrgetter("strength"), reverse=True)
    pictures = [picture for picture in map(picture_of, best[:PICTURES]) if picture]
    found = entries[0].competition
    return Showcase(found.title, found.prompt, found.get_absolute_url(), pictures)


def _providers() -> list[dict[str, Any]]:
    """Those that were called in thirty days, by name."""
    health = provider_health()
    names = Provider.objects.filter(slug__in=health).order_by("name").values_list("slug", "name") if health else ()
    return [{"name": name, "url": f"/providers/{slug}", "health": health[slug]} for slug, name in names]


def _race(race: Any) -> dict[str, str]:
    return {
        "title": race.board.title,
        "url": race.board.get_absolute_url(),
        "leader": race.leader.model.name,
        "runner_up": race.runner_up.model.name,
        "gap": f"{race.gap:.0f}",
    }


GROUPED = 10


@dataclass(frozen=True)
class Happening:
    """One line of the list."""

    text: str
    url: str
    at: datetime
    detail: str = ""


def latest_activity(limit: int) -> list[Happening]:
    """Newest first. Three queries."""
    lines = [*_votes(limit), *_imports(limit), *_models(limit)]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]


def _votes(limit: int) -> list[Happening]:
    """From the tallies, which know each competition's last vote; the vote log itself is never scanned."""
    tallies = Tally.objects.filter(criterion=OVERALL).order_by().values("competition")
    last = tallies.filter(competition__in=Competition.objects.public()).annotate(last=Max("last_vote_number"))
    counted = Sum(tallied_votes())
    so_far = tallies.filter(competition=OuterRef("battle__competition")).annotate(votes=counted).values("votes")
    votes = Vote.objects.filter(number__in=last.order_by("-last").values("last")[:limit], cast_at__isnull=False)
    return [
        Happening(
            f"Vote in {vote.battle.competition.title}",
            vote.battle.competition.get_absolute_url(),
            vote.cast_at,
            f"{vote.so_far:,} so far",
        )
        for vote in votes.select_related("battle__competition").annotate(so_far=Subquery(so_far))
        if vote.battle and vote.cast_at
    ]


def _imports(limit: int) -> list[Happening]:
    return [
        Happening(
            f"{found.rows:,} votes imported", f"/leaderboards/mode-{found.mode}", found.created_at, found.file_name
        )
        for found in VoteImport.objects.all()[:limit]
    ]


def _models(limit: int) -> list[Happening]:
    """Models that came in one transaction share its moment to the minute and make one line."""
    newest = public_models().exclude(creator__slug="imported").select_related("creator").order_by("-created_at", "id")
    together = groupby(newest[: limit * GROUPED], key=lambda model: model.created_at.replace(second=0, microsecond=0))
    return [_joined(list(models)) for _, models in together]


def _joined(models: list[ImageModel]) -> Happening:
    first, others = models[0], len(models) - 1
    if not others:
        text = f"{first.name} joined the catalogue"
        return Happening(text, first.get_absolute_url(), first.created_at, first.creator.name)
    text = f"{first.name} and {others} other{'s' if others > 1 else ''} joined the catalogue"
    return Happening(text, "/models?sort=newest", first.created_at)
