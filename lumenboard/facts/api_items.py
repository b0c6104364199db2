"""Facts into the shapes of the API. Nothing is looked up or computed here."""

from decimal import Decimal
from typing import Final

from lumenboard.facts import provider_schemas as provider
from lumenboard.facts import schemas
from lumenboard.facts.assembly import STANDARD_SIZE
from lumenboard.facts.listing import ModelSummary
from lumenboard.facts.providers import ProviderFacts, SoldEndpoint
from lumenboard.facts.types import EndpointFacts, ModelFacts, PerformanceFacts, StandingFacts
from providers.pricing import Cost, StartingPrice, UnknownCost
from providers.sheet import Named

ALL: Final = slice(None)
STANDING_RATE: Final = Decimal("0.001")


def model_list_item(summary: ModelSummary, site_url: str) -> schemas.ModelListItem:
    """One line of the list."""
    return schemas.ModelListItem(
        slug=summary.slug,
        name=summary.name,
        creator=schemas.NamedItem(slug=summary.creator_slug, name=summary.creator),
        tagline=summary.tagline,
        status=summary.status,
        demo=summary.demo,
        modes=list(summary.modes),
        tags=list(summary.tags),
        starting_price=starting_price_item(summary.price),
        rating=summary.rating,
        lower=summary.lower,
        upper=summary.upper,
        prompts_withheld=summary.prompts_withheld,
        rank=summary.rank,
        ranked_models=summary.ranked_models,
        rating_mode=summary.rating_mode,
        url=f"{site_url}{summary.url}",
    )


def model_item(facts: ModelFacts, standings: slice = ALL) -> schemas.ModelItem:
    """Everything known of a model, of its standings a part."""
    identity, specs = facts.identity, facts.specs
    return schemas.ModelItem(
        **{name: getattr(identity, name) for name in ("slug", "name", "status", "sunset_on", "released_on", "tagline")},
        creator=_named(identity.creator),
        family=_named(identity.family) if identity.family else None,
        aliases=list(identity.aliases),
        alternative_names=list(identity.alternative_names),
        demo=identity.is_demo,
        about=facts.about,
        tags=list(identity.tags),
        max_width_px=specs.max_width_px,
        max_height_px=specs.max_height_px,
        input_modalities=list(specs.input_modalities),
        output_modalities=list(specs.output_modalities),
        modes=list(specs.modes),
        starting_price=starting_price_item(facts.starting_price),
        endpoints=[_endpoint(row) for row in facts.endpoints],
        parameters=[schemas.ParameterGroupItem.from_orm(group) for group in facts.parameter_groups],
        performance=[_performance(row) for row in facts.performance],
        providers_without_performance=[_named(row) for row in facts.providers_without_performance],
        standings=[_standing(row) for row in facts.standings[standings]],
        curated_images=[schemas.PictureItem.from_orm(row) for row in facts.curated_images],
        image_count=facts.image_count,
        example_prompt=facts.example_prompt,
        code_examples=[schemas.CodeItem.from_orm(row) for row in facts.code_examples],
        questions=[schemas.QuestionItem.from_orm(row) for row in facts.questions],
        links=[schemas.LinkItem.from_orm(row) for row in facts.links],
        url=facts.url,
    )


def model_schema(facts: ModelFacts) -> schemas.ModelSchema:
    """The compiled parameters alone."""
    return schemas.ModelSchema(
        model=facts.identity.slug,
        modes=list(facts.specs.modes),
        groups=[schemas.ParameterGroupItem.from_orm(group) for group in facts.parameter_groups],
    )


def provider_list_item(facts: ProviderFacts, site_url: str) -> provider.ProviderListItem:
    """One line of the list."""
    return provider.ProviderListItem(
        slug=facts.slug,
        name=facts.name,
        website_url=facts.website_url,
        demo=facts.is_demo,
        models=len(facts.models),
        endpoints=len(facts.endpoints),
        modes=list(facts.modes),
        starting_usd=None if facts.starting_usd is None else schemas.digits(facts.starting_usd),
        price_size=str(facts.price_size),
        url=f"{site_url}{facts.path}",
    )


def provider_item(facts: ProviderFacts, site_url: str) -> provider.ProviderItem:
    """Everything known of a provider."""
    return provider.ProviderItem(
        slug=facts.slug,
        name=facts.name,
        website_url=facts.website_url,
        demo=facts.is_demo,
        endpoints=[_sold(row) for row in facts.endpoints],
        performance=[
            provider.ProviderPerformanceItem(**_performance(row.figures).dict(), model=_named(row.model))
            for row in facts.performance
        ],
        url=f"{site_url}{facts.path}",
    )


def starting_price_item(price: StartingPrice | None) -> schemas.StartingPriceItem | None:
    """None stays None."""
    if price is None:
        return None
    return schemas.StartingPriceItem(
        amount_usd=schemas.digits(price.amount_usd),
        size=str(price.size),
        mode=price.mode,
        endpoints=list(price.endpoint_keys),
        parameters=dict(price.parameters),
    )


def _named(row: Named) -> schemas.NamedItem:
    return schemas.NamedItem(slug=row.slug, name=row.name)


def _endpoint(row: EndpointFacts) -> schemas.EndpointItem:
    return schemas.EndpointItem(
        key=row.key,
        provider=_named(row.provider),
        provider_model_id=row.provider_model_id,
        modes=list(row.modes),
        prices=[schemas.PriceItem.from_orm(price) for price in row.prices],
        image_cost=_image_cost(row.image_cost),
        notes=list(row.notes),
        source_url=row.source_url,
    )


def _image_cost(cost: Cost | UnknownCost) -> schemas.ImageCostItem:
    if isinstance(cost, UnknownCost):
        return schemas.ImageCostItem(size=str(STANDARD_SIZE), amount_usd=None, unknown_because=cost.reason)
    return schemas.ImageCostItem(size=str(STANDARD_SIZE), amount_usd=schemas.digits(cost.total_usd), unknown_because="")


def _performance(row: PerformanceFacts) -> schemas.PerformanceItem:
    return schemas.PerformanceItem.from_orm(row)


def _standing(row: StandingFacts) -> schemas.ModelStandingItem:
    rate = None if row.win_rate is None else schemas.digits(row.win_rate.quantize(STANDING_RATE))
    figures = (
        *("kind", "title", "mode", "rating", "lower", "upper", "conditional_lower", "conditional_upper"),
        *("competitions", "prompts_withheld", "rank", "rank_best", "rank_worst", "ranked_models"),
    )
    counts = ("wins", "losses", "ties", "both_bad", "battles", "image_url")
    return schemas.ModelStandingItem(
        **{name: getattr(row, name) for name in (*figures, *counts)},
        origin=schemas.OriginItem.from_orm(row.origin),
        demo=row.is_demo,
        win_rate=rate,
        board=row.path or None,
    )


def _sold(row: SoldEndpoint) -> provider.ProviderEndpointItem:
    sheet = row.sheet
    return provider.ProviderEndpointItem(
        key=sheet.key,
        model=_named(row.model),
        provider_model_id=sheet.provider_model_id,
        modes=list(sheet.modes),
        prices=[schemas.PriceItem.from_orm(price) for price in sheet.prices],
        image_cost=_image_cost(row.image_cost),
        notes=list(sheet.notes),
        source_url=sheet.source_url,
    )
