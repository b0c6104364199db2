"""What the models of a board cost: the starting price of each in the board's mode."""

from collections.abc import Collection

from lumenboard.facts import rows
from lumenboard.facts.prices import headline_price
from providers.pricing import StartingPrice


def starting_prices(slugs: Collection[str], mode: str) -> dict[str, StartingPrice]:
    """By slug, for those whose price is known. Models that name no endpoint are left out. Three queries."""
    models = rows.models_with_prices().filter(slug__in=slugs, endpoints__isnull=False).distinct()
    found = {
        model.slug: headline_price([rows.endpoint_sheet(row) for row in model.endpoints.all()], [mode])
        for model in models
    }
    return {slug: price for slug, price in found.items() if price}
