"""Search over models, boards, competitions and providers, for the page and the command palette."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import Truncator

from arena.models import Board, Competition
from arena.models.competitions import public_models
from lumenboard.formatting import mode_label
from providers.models import Provider
from providers.sheet import MODES

PER_GROUP = 6


@dataclass(frozen=True)
class Found:
    """One line of the results."""

    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class Group:
    """Results of one kind."""

    label: str
    items: list[Found]


def find(query: str) -> list[Group]:
    """What contains the query, by kind; with an empty query, where one may go. At most four queries."""
    groups = [
        Group("Models", _models(query)),
        Group("Boards", _boards(query)),
        Group("Competitions", _competitions(query)),
        Group("Providers", _providers(query)),
    ]
    return [group for group in groups if group.items]


def _models(query: str) -> list[Found]:
    named = Q(name__icontains=query) | Q(slug__icontains=query) | Q(creator__name__icontains=query)
    models = public_models().filter(named).select_related("creator")[:PER_GROUP]
    return [Found(model.name, model.creator.name, model.get_absolute_url()) for model in models]


def _boards(query: str) -> list[Found]:
    modes = [
        Found(mode_label(mode), "all competitions of the mode", f"/leaderboards/mode-{mode}")
        for mode in MODES
        if query.lower() in mode_label(mode).lower()
    ]
    categories = Board.objects.public().filter(category__name__icontains=query).select_related("category")
    return modes + [
        Found(board.title, mode_label(board.mode), board.get_absolute_url())
        for board in categories.order_by("category__position", "category__name")[:PER_GROUP]
    ]


def _competitions(query: str) -> list[Found]:
    named = Q(title__icontains=query) | Q(prompt__icontains=query)
    competitions = Competition.objects.public().filter(named)[:PER_GROUP]
    return [Found(item.title, _about(item), item.get_absolute_url()) for item in competitions]


def _about(competition: Competition) -> str:
    """What tells it from another of the same title."""
    mode = mode_label(competition.mode)
    return f"{mode} · “{Truncator(competition.prompt).chars(60)}”" if competition.prompt else mode


def _providers(query: str) -> list[Found]:
    providers = Provider.objects.filter(Q(name__icontains=query) | Q(slug__icontains=query))[:PER_GROUP]
    return [Found(provider.name, "provider", provider.get_absolute_url()) for provider in providers]


def search(request: HttpRequest) -> HttpResponse:
    """The results alone for htmx, the whole page otherwise."""
    query = request.GET.get("q", "").strip()[:100]
    template = "search/results.html" if request.headers.get("HX-Request") else "search/page.html"
    return render(request, template, {"query": query, "groups": find(query)})
