"""How the prices of a model changed: every dated component, also those that are over or yet to come. One query."""

from dataclasses import dataclass
from typing import Final

from django.db.models import F, Q

from providers.catalogue.rows import full_price_sheet
from providers.models import PriceComponent
from providers.sheet import PriceSheet

MOST_ROWS: Final = 100


@dataclass(frozen=True, kw_only=True)
class PriceEpoch:
    """A price of one endpoint with the moments between which it holds."""

    endpoint_key: str
    endpoint_source_url: str
    price: PriceSheet


def price_history(model_slug: str) -> tuple[PriceEpoch, ...]:
    """Newest first; of an endpoint without a change nothing, the rest of its prices beside a change."""
    changed = PriceComponent.objects.filter(
        Q(valid_from__isnull=False) | Q(valid_to__isnull=False), endpoint__model__slug=model_slug
    )
    rows = (
        PriceComponent.objects.filter(endpoint__in=changed.values("endpoint"))
        .select_related("endpoint")
        .order_by("endpoint__position", "endpoint_id", F("valid_from").desc(nulls_last=True), "position")
    )
    return tuple(
        PriceEpoch(
            endpoint_key=row.endpoint.key, endpoint_source_url=row.endpoint.source_url, price=full_price_sheet(row)
        )
        for row in rows[:MOST_ROWS]
    )
