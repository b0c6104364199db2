"""Shapes of the API for providers."""

from typing import Final

from ninja import Field, Schema

from lumenboard.facts.schemas import Exact, ImageCostItem, NamedItem, PerformanceItem, PriceItem
from providers.api_types import Whole

MOST_ENDPOINTS: Final = 500


class ProviderQuery(Schema):
    """Which of a provider's endpoints."""

    page: Whole = Field(1, ge=1, le=10_000, description="Endpoints come 500 a page.")


class ProviderListItem(Schema):
    """A provider with how much it sells."""

    slug: str
    name: str
    website_url: str
    demo: bool
    models: int
    endpoints: int
    modes: list[str]
    starting_usd: Exact | None = Field(description="One image at price_size.")
    price_size: str
    url: str


class ProviderList(Schema):
    """All providers."""

    items: list[ProviderListItem]
    count: int


class ProviderEndpointItem(Schema):
    """An endpoint of a provider, with the model it runs."""

    key: str
    model: NamedItem
    provider_model_id: str
    modes: list[str]
    prices: list[PriceItem]
    image_cost: ImageCostItem
    notes: list[str]
    source_url: str


class ProviderPerformanceItem(PerformanceItem):
    """Figures of one model at the provider."""

    model: NamedItem


class ProviderItem(Schema):
    """Everything known of a provider."""

    slug: str
    name: str
    website_url: str
    demo: bool
    endpoints: list[ProviderEndpointItem]
    performance: list[ProviderPerformanceItem]
    url: str
