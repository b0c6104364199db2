"""What every page's frame shows: version and how fresh the boards are. One query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from arena.models import Snapshot


@dataclass(frozen=True)
class Freshness:
    """When boards were last computed and how many counted votes they rest on."""

    computed_at: datetime | None
    votes: int


def read_freshness() -> Freshness:
    """Over the current headline snapshots of the mode boards."""
    current = Snapshot.objects.filter(is_current=True, board__kind="mode", variant="prior=1")
    figures = current.aggregate(computed_at=Max("computed_at"), votes=Sum("votes"))
    return Freshness(figures["computed_at"], figures["votes"] or 0)


def site(request: HttpRequest) -> dict[str, Any]:
    """Lazy, so that a page that shows no frame pays nothing."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "version": settings.SITE_VERSION,
        "freshness": SimpleLazyObject(read_freshness),
    }
