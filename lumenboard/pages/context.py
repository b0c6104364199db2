"""What every page's frame shows: version and how fresh the boards are. One query a second and process at most."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from arena.cache import TtlCache
from arena.models import Snapshot

_freshness: "TtlCache[Freshness]" = TtlCache(seconds=1, most=1)


@dataclass(frozen=True)
class Freshness:
    """When boards were last computed and how many counted votes they rest on."""

    computed_at: datetime | None
    votes: int


def read_freshness() -> Freshness:
    """Over the current headline snapshots of the mode boards."""
    current = Snapshot.objects.current_headline().filter(board__kind="mode")
    figures = current.aggregate(computed_at=Max("computed_at"), votes=Sum("votes"))
    return Freshness(figures["computed_at"], figures["votes"] or 0)


def cached_freshness() -> Freshness:
    """As it was at most a second ago."""
    return _freshness.get("all", read_freshness)


def invalidate_freshness() -> None:
    """The next page asks again."""
    _freshness.clear()


def site(request: HttpRequest) -> dict[str, Any]:
    """Lazy, so that a page that shows no frame pays nothing."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "version": settings.SITE_VERSION,
        "freshness": SimpleLazyObject(cached_freshness),
    }
