"""The queries behind facts: a fixed number for one model, and for many. Values out of rows, nothing computed here."""

from collections import defaultdict
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from arena.models import Entry
from arena.models.competitions import public_models, visible_models
from arena.models.visibility import EVERYONE, Viewer
from providers.catalogue import rows as catalogue
from providers.catalogue.rows import parameter_sheet
from providers.models import (
    CuratedImage,
    Endpoint,
    EndpointParameter,
    ImageModel,
    ModelAlias,
    ModelParameter,
    PriceComponent,
    Provider,
    ReportedPerformance,
    SlugClaim,
)
from providers.pricing import StartingPrice, headline_price
from providers.sheet import CuratedImageSheet, EndpointSheet, Named, ParameterSheet


def prices_in_force() -> QuerySet[PriceComponent]:
    """Components valid now."""
    now = timezone.now()
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=now)
    return PriceComponent.objects.filter(begun, Q(valid_to__isnull=True) | Q(valid_to__gt=now))


def endpoints_with_prices() -> QuerySet[Endpoint]:
    """Enabled endpoints, provider and prices loaded: two queries."""
    prices = Prefetch("prices", queryset=prices_in_force())
    return Endpoint.objects.filter(is_enabled=True).select_related("provider").prefetch_related(prices)


def models_with_prices() -> QuerySet[ImageModel]:
    """Public models for lists: creator, endpoints and prices loaded, three queries in all."""
    prefetch = Prefetch("endpoints", queryset=endpoints_with_prices())
    return public_models().select_related("creator").prefetch_related(prefetch)


def find_model(slug: str, viewer: Viewer = EVERYONE) -> ImageModel | None:
    """The model a slug or an alias names, everything its facts need loaded; None where the viewer may not know it."""
    return full_models(viewer).filter(pk__in=SlugClaim.objects.filter(slug=slug).values("model")).first()


def full_models(viewer: Viewer = EVERYONE) -> QuerySet[ImageModel]:
    """Models with all their catalogue rows and pictures: eight queries, however many models."""
    aliases = ModelAlias.objects.filter(model=OuterRef("pk")).values("slug")
    curated = CuratedImage.objects.filter(model=OuterRef("pk")).values(json=JSONObject(prompt="prompt", url="url"))
    native = Prefetch("parameters", queryset=EndpointParameter.objects.all())
    return (
        visible_models(viewer)
        .select_related("creator", "family")
        .annotate(alias_slugs=ArraySubquery(aliases), curated=ArraySubquery(curated))
        .prefetch_related(
            Prefetch("parameters", queryset=ModelParameter.objects.select_related("only_through")),
            Prefetch("endpoints", queryset=endpoints_with_prices().prefetch_related(native)),
            Prefetch("reported_performance", queryset=ReportedPerformance.objects.select_related("provider")),
            "reported_standings",
            Prefetch("entries", queryset=_pictured_entries(), to_attr="pictured_entries"),
        )
    )


def _pictured_entries() -> QuerySet[Entry]:
    shown = Entry.objects.pictured().select_related("image", "competition")
    return shown.order_by("competition__title", "competition_id", "id")


def named(row: Any) -> Named:
    """Slug and name of a creator, family or provider."""
    return Named(slug=row.slug, name=row.name)


def endpoint_sheet(row: Endpoint) -> EndpointSheet:
    """Loaded parameters and prices with it, prices with every digit; parameters only where they were asked for."""
    loaded = getattr(row, "_prefetched_objects_cache", {})
    return catalogue.endpoint_sheet(row, catalogue.full_price_sheet, with_parameters="parameters" in loaded)


def declared_parameters(model: ImageModel) -> list[ParameterSheet]:
    """What a card or an operator declared of the model."""
    return [parameter_sheet(p, p.only_through.slug if p.only_through else "") for p in model.parameters.all()]


def curated_images(model: ImageModel) -> tuple[CuratedImageSheet, ...]:
    """Example pictures, from a model of `full_models`."""
    return tuple(CuratedImageSheet(**image) for image in getattr(model, "curated", ()))


def starting_prices(slugs: Collection[str], mode: str) -> dict[str, StartingPrice]:
    """By slug, for public models whose price is known. Two queries."""
    sold = endpoints_with_prices().filter(model__in=public_models(), model__slug__in=slugs)
    endpoints: dict[str, list[EndpointSheet]] = defaultdict(list)
    for row in sold.annotate(model_slug=F("model__slug")):
        endpoints[row.model_slug].append(endpoint_sheet(row))
    found = {slug: headline_price(sheets, [mode]) for slug, sheets in endpoints.items()}
    return {slug: price for slug, price in found.items() if price}


MOST_COMPARED = 5000


def near_models(slug: str, most: int = 3) -> list[tuple[str, str]]:
    """Slugs or aliases like this one, best first, each with the path of its model."""
    claims = SlugClaim.objects.filter(model__in=public_models()).select_related("model__creator")
    claims = claims.order_by("slug")[:MOST_COMPARED]
    paths = {claim.slug: claim.model.get_absolute_url() for claim in claims}
    return [(near, paths[near]) for near in _near(slug, list(paths), most)]


def near_providers(slug: str, most: int = 3) -> list[tuple[str, str]]:
    """Provider slugs like this one, each with its path."""
    slugs = list(Provider.objects.order_by("slug").values_list("slug", flat=True)[:MOST_COMPARED])
    return [(near, f"/providers/{near}") for near in _near(slug, slugs, most)]


def _near(slug: str, known: list[str], most: int) -> list[str]:
    begun = slug.lower()[:120]
    beginning = [name for name in known if begun and name.startswith(begun)]
    return list(dict.fromkeys([*get_close_matches(begun, known, n=most, cutoff=0.6), *beginning]))[:most]
