"""What the models of a board cost: the starting price of each in the board's mode."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import F

from arena.models.public_models import public_models
from lumenboard.facts import rows
from lumenboard.facts.prices import headline_price
from providers.pricing import StartingPrice
from providers.sheet import EndpointSheet


def starting_prices(slugs: Collection[str], mode: str) -> dict[str, StartingPrice]:
    """By slug, for public models whose price is known. Two queries."""
    sold = rows.endpoints_with_prices().filter(model__in=public_models(), model__slug__in=slugs)
    endpoints: dict[str, list[EndpointSheet]] = defaultdict(list)
    for row in sold.annotate(model_slug=F("model__slug")):
        endpoints[row.model_slug].append(rows.endpoint_sheet(row))
    found = {slug: headline_price(sheets, [mode]) for slug, sheets in endpoints.items()}
    return {slug: price for slug, price in found.items() if price}
