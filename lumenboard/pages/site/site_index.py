"""The site for search engines: every public page in sitemap.xml, and robots.txt that leads there."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from arena.models import Board, Competition
from arena.models.competitions import public_models
from arena.models.visibility import EVERYONE
from arena.parity.board import listed_parity_boards
from lumenboard.handbook.outline import chapters
from lumenboard.pages.base import Paginator
from providers.models import ImageModel, Provider

FIXED = ("/", "/leaderboards", "/models", "/providers", "/methodology", "/compare", "/vote")
PRIVATE = ("/admin/", "/ops", "/vote/", "/images/", "/search")


class OwnOrigin(Sitemap):
    """Addresses begin with the configured origin, not with whatever host a request names."""

    limit = 2_500

    @cached_property
    def paginator(self) -> Paginator:  # Django's counts again each time
        return Paginator(self._items(), self.limit)  # type: ignore[attr-defined]

    def get_protocol(self, protocol: str | None = None) -> str:
        return settings.SITE_URL.partition("://")[0]

    def get_domain(self, site: Any = None) -> str:
        return settings.SITE_URL.partition("://")[2]

    def location(self, item: Any) -> str:
        return str(item.get_absolute_url())


class Pages(OwnOrigin):
    """Pages that stand alone."""

    def items(self) -> Iterable[str]:
        return [*FIXED, *(chapter.url for chapter in chapters())]

    def location(self, item: str) -> str:
        return item


class Models(OwnOrigin):
    """One page for each model."""

    def items(self) -> Any:
        return public_models().select_related("creator").order_by("slug")

    def lastmod(self, item: ImageModel) -> datetime:
        return item.updated_at


class Providers(OwnOrigin):
    """One page for each provider."""

    def items(self) -> Any:
        return Provider.objects.order_by("slug")


class Boards(OwnOrigin):
    """One page for each board."""

    def items(self) -> Any:
        return Board.objects.public().order_by("key")


class ParityBoards(OwnOrigin):
    """One page for each model that is judged at several providers."""

    def items(self) -> Any:
        return listed_parity_boards(EVERYONE)


class Competitions(OwnOrigin):
    """One page for each competition."""

    def items(self) -> Any:
        return Competition.objects.public().order_by("id")


SECTIONS = {
    "pages": Pages,
    "models": Models,
    "providers": Providers,
    "boards": Boards,
    "parity": ParityBoards,
    "competitions": Competitions,
}


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """One file; where a section has more addresses than it takes, an index of files that hold a part of one each."""
    sections: dict[str, Any] = {name: section() for name, section in SECTIONS.items()}
    sizes = {name: section.paginator.num_pages for name, section in sections.items()}
    if "section" in request.GET or set(sizes.values()) == {1}:
        return sitemap(request, sections, section=request.GET.get("section"))
    parts = [f"section={name}&p={page}" for name, pages in sizes.items() for page in range(1, pages + 1)]
    files = [{"location": f"{settings.SITE_URL}/sitemap.xml?{part}"} for part in parts]
    return TemplateResponse(request, "sitemap_index.xml", {"sitemaps": files}, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers should leave alone, and where the list of pages is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), f"Sitemap: {settings.SITE_URL}/sitemap.xml"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
