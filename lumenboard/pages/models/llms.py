"""The site index for readers that are programs: /llms.txt, with links to every model, provider and board."""

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arena.boards.table import ListedBoards
from arena.models.competitions import public_models
from arena.models.visibility import EVERYONE
from arena.parity.board import listed_parity_boards
from lumenboard.facts.plain_text import link_text, one_line
from lumenboard.facts.providers import list_providers
from lumenboard.formatting import counted, mode_label
from providers.catalogue.card import SITE_PLACEHOLDER

MOST_BOARDS = 500


@require_safe
def site_index(request: HttpRequest) -> HttpResponse:
    """Markdown: what the site is, then one line for each thing it knows."""
    site = settings.SITE_URL
    parts = [
        f"# {settings.SITE_NAME}",
        "> Rankings of image-generation models from blind votes, with what every provider charges and how fast it is.",
        _section("Models", _models(site)),
        _section("Providers", _providers(site)),
        _section("Leaderboards", _boards(site)),
        _section("Same model, different providers", _parity(site)),
        _section("API", [f"- [Documentation]({site}/api/v1/docs)", f"- [OpenAPI]({site}/api/v1/openapi.json)"]),
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def _section(title: str, lines: Iterable[str]) -> str:
    held = "\n".join(lines)
    return f"## {title}\n\n{held}" if held else ""


def _models(site: str) -> list[str]:
    models = public_models().select_related("creator").order_by("name", "pk")
    return [
        _line(
            f"{model.name} by {model.creator.name}",
            f"{site}{model.get_absolute_url()}/llms.txt",
            model.tagline.replace(SITE_PLACEHOLDER, settings.SITE_NAME),
        )
        for model in models
    ]


def _providers(site: str) -> list[str]:
    return [
        _line(facts.name, f"{site}{facts.path}", f"{len(facts.models)} models, {len(facts.endpoints)} endpoints")
        for facts in list_providers()
    ]


def _boards(site: str) -> list[str]:
    boards = ListedBoards()
    listed = boards[:MOST_BOARDS]
    left_out = boards.count() - len(listed) if len(listed) == MOST_BOARDS else 0
    rest = f"{site}/api/v1/leaderboards?offset={MOST_BOARDS}"
    lines = [
        _line(
            f"{found.board.title} ({mode_label(found.board.mode).lower()}, {found.board.kind})",
            f"{site}{found.board.url}",
            f"{counted(found.votes, 'vote')}, {counted(found.ranked_models, 'ranked model')}",
        )
        for found in listed
    ]
    return [*lines, _line(f"{counted(left_out, 'more board')}", rest, "as JSON")] if left_out else lines


def _parity(site: str) -> list[str]:
    boards = listed_parity_boards(EVERYONE)[:MOST_BOARDS]
    return [
        _line(
            f"{board.model.name} ({mode_label(board.mode).lower()})",
            f"{site}{board.get_absolute_url()}",
            "endpoints of one model, judged blind",
        )
        for board in boards
    ]


def _line(label: str, url: str, detail: str) -> str:
    return f"- [{link_text(label)}]({url})" + (f": {one_line(detail)}" if detail else "")
