"""The rows of models read back as sheets, many models in a fixed number of queries."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet
from django.db.models.functions import JSONObject

from providers.catalogue.merge import KnownNames
from providers.models import (
    Creator,
    Endpoint,
    EndpointParameter,
    Family,
    ImageModel,
    ModelAlias,
    ModelParameter,
    PriceComponent,
    ReportedPerformance,
    ReportedStanding,
)
from providers.models.fields import Parameter
from providers.plain_values import plain_number, settled_json
from providers.sheet import (
    AliasSunsetSheet,
    CuratedImageSheet,
    EndpointSheet,
    ModelSheet,
    Named,
    ParameterSheet,
    PriceSheet,
    ReportedPerformanceSheet,
    ReportedSheet,
    ReportedStandingSheet,
)

# columns of a parameter
PARAMETER: Final = ("name", "group", "type", "description", "default", "values", "modes", "required_modes")


def read_sheets(slugs: Iterable[str] | None = None) -> dict[str, ModelSheet]:
    """Sheets by slug in slug order, of the named models or of all; slugs without a model are left out."""
    models = _with_parts(ImageModel.objects.order_by("slug"))
    if slugs is not None:
        models = models.filter(slug__in=list(slugs))
    return {model.slug: _sheet(model) for model in models}


def models_for_calls(model_ids: Iterable[int] | None = None) -> "QuerySet[ImageModel]":
    """Rows in slug order with what calls are planned from, health and accounts among it; of the given or of all.

    Three queries, however many models.
    """
    endpoints = Endpoint.objects.select_related("provider__account", "health")
    models = _with_calls(ImageModel.objects.order_by("slug"), endpoints)
    return models if model_ids is None else models.filter(pk__in=list(model_ids))


def sheet_for_calls(model: ImageModel) -> ModelSheet:
    """Of such a row: without the pictures and reported figures that only pages show."""
    return _sheet(model, for_calls=True)


def read_known_names() -> KnownNames:
    """What creators and families are called."""
    families = Family.objects.values_list("creator__slug", "slug", "name")
    return KnownNames(
        creators=dict(Creator.objects.order_by("-id").values_list("name", "slug")),
        families={(creator, slug): name for creator, slug, name in families},
    )


def _with_parts(models: "QuerySet[ImageModel]") -> "QuerySet[ImageModel]":
    performance = Prefetch("reported_performance", ReportedPerformance.objects.select_related("provider"))
    return _with_calls(models, Endpoint.objects.select_related("provider")).prefetch_related(
        "curated_images", "reported_standings", performance
    )


def _with_calls(models: "QuerySet[ImageModel]", endpoints: "QuerySet[Endpoint]") -> "QuerySet[ImageModel]":
    """Lists of texts and parameters come with their row, for each further query is paid by every page that plans."""
    aliases = ModelAlias.objects.filter(model=OuterRef("pk")).values("slug")
    ending = ModelAlias.objects.filter(model=OuterRef("pk"), sunset_on__isnull=False)
    sunsets = ArraySubquery(ending.values(json=JSONObject(slug="slug", sunset_on="sunset_on")))
    declared = _as_json(ModelParameter.objects.filter(model=OuterRef("pk")), only_through="only_through__slug")
    native = _as_json(EndpointParameter.objects.filter(endpoint=OuterRef("pk")))
    loaded = endpoints.annotate(native_parameters=native).prefetch_related("prices")
    return (
        models.select_related("creator", "family")
        .annotate(alias_slugs=ArraySubquery(aliases), alias_sunsets=sunsets, declared_parameters=declared)
        .prefetch_related(Prefetch("endpoints", loaded))
    )


def _as_json(parameters: "QuerySet[Any]", **more: str) -> ArraySubquery:
    """Parameters of an outer row, in their order."""
    return ArraySubquery(parameters.values(json=JSONObject(**dict(zip(PARAMETER, PARAMETER, strict=True)), **more)))


def _sheet(model: Any, *, for_calls: bool = False) -> ModelSheet:
    """Of an ImageModel loaded with its parts, or with what calls need."""
    family = model.family
    pictures = () if for_calls else model.curated_images.all()
    return ModelSheet(
        slug=model.slug,
        name=model.name,
        creator=Named(slug=model.creator.slug, name=model.creator.name),
        family=Named(slug=family.slug, name=family.name) if family else None,
        aliases=tuple(model.alias_slugs),
        alias_sunsets=tuple(
            AliasSunsetSheet(slug=row["slug"], sunset_on=date.fromisoformat(row["sunset_on"]))
            for row in model.alias_sunsets
        ),
        alternative_names=tuple(model.alternative_names),
        is_announced=model.is_announced,
        status=model.status,
        sunset_on=model.sunset_on,
        successor=model.successor,
        released_on=model.released_on,
        tagline=_plain_lines(model.tagline),
        about=_plain_lines(model.about),
        tags=tuple(model.tags),
        max_width_px=model.max_width_px,
        max_height_px=model.max_height_px,
        input_modalities=tuple(model.input_modalities),
        output_modalities=tuple(model.output_modalities),
        modes=tuple(model.modes),
        example_prompt=_plain_lines(model.example_prompt),
        parameters=tuple(map(_read_parameter, model.declared_parameters)),
        endpoints=tuple(
            replace(
                endpoint_sheet(endpoint, with_parameters=False),
                parameters=tuple(map(_read_parameter, endpoint.native_parameters)),
            )
            for endpoint in model.endpoints.all()
        ),
        curated_images=tuple(CuratedImageSheet(prompt=_plain_lines(image.prompt), url=image.url) for image in pictures),
        reported=None if for_calls else _reported(model),
    )


def _plain_lines(text: str) -> str:
    """Browsers send forms with carriage returns; sheets have none."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parameter_sheet(row: Parameter, only_through: str = "") -> ParameterSheet:
    """A declared or native parameter as a value; a native one is through no provider but its own."""
    return _read_parameter({**{name: getattr(row, name) for name in PARAMETER}, "only_through": only_through})


def _read_parameter(row: Mapping[str, Any]) -> ParameterSheet:
    """Of a row as `_as_json` gives it."""
    return ParameterSheet(
        name=row["name"],
        group=row["group"],
        type=row["type"],
        description=_plain_lines(row["description"]),
        default=settled_json(row["default"]),
        values=tuple(settled_json(row["values"])),
        modes=tuple(row["modes"]),
        required_modes=tuple(row["required_modes"]),
        only_through=row.get("only_through") or "",
    )


def endpoint_sheet(
    row: Endpoint, price_of: Callable[[PriceComponent], PriceSheet] | None = None, *, with_parameters: bool = True
) -> EndpointSheet:
    """An endpoint's row with its prices, made by `price_of` or else `price_sheet`, and its native parameters."""
    made = price_of or price_sheet
    parameters: Iterable[EndpointParameter] = row.parameters.all() if with_parameters else ()
    return EndpointSheet(
        key=row.key,
        provider=Named(slug=row.provider.slug, name=row.provider.name),
        provider_model_id=row.provider_model_id,
        modes=tuple(row.modes),
        call_style=row.call_style,
        capabilities=settled_json(row.capabilities),
        source_url=row.source_url,
        notes=tuple(row.notes),
        is_enabled=row.is_enabled,
        prices=tuple(made(price) for price in row.prices.all()),
        parameters=tuple(parameter_sheet(parameter) for parameter in parameters),
    )


def full_price_sheet(row: PriceComponent) -> PriceSheet:
    """A price row as a value, its decimals with every digit the row has."""
    return PriceSheet(
        metric=row.metric,
        amount_usd=row.amount_usd,
        direction=row.direction,
        unit_size=row.unit_size,
        rounding=row.rounding,
        minimum=row.minimum,
        pixels_per_megapixel=row.pixels_per_megapixel,
        units_per_image=row.units_per_image,
        conditions=settled_json(row.conditions),
        condition_stated=row.condition_stated,
        source_url=row.source_url,
        verified_on=row.verified_on,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def price_sheet(row: PriceComponent) -> PriceSheet:
    """As catalogue files have it: decimals without idle zeros."""
    full = full_price_sheet(row)
    return replace(
        full,
        amount_usd=_tidy(full.amount_usd),
        unit_size=_tidy(full.unit_size),
        minimum=_tidy(full.minimum),
        units_per_image=full.units_per_image if full.units_per_image is None else _tidy(full.units_per_image),
    )


def _tidy(number: Decimal) -> Decimal:
    return Decimal(plain_number(number))


def _reported(model: ImageModel) -> ReportedSheet | None:
    performance = list(model.reported_performance.all())
    standings = list(model.reported_standings.all())
    rows: list[ReportedPerformance | ReportedStanding] = [*performance, *standings]
    if not rows:
        return None
    return ReportedSheet(
        source=rows[0].source,
        reported_on=rows[0].reported_on,
        performance=tuple(_performance(row) for row in performance),
        standings=tuple(_standing(row) for row in standings),
    )


def _performance(row: ReportedPerformance) -> ReportedPerformanceSheet:
    return ReportedPerformanceSheet(
        provider=row.provider.slug,
        window_days=row.window_days,
        p50_ms=row.p50_ms,
        p95_ms=row.p95_ms,
        average_ms=row.average_ms,
        success_percent=row.success_percent if row.success_percent is None else _tidy(row.success_percent),
        requests=row.requests,
        ttfb_p50_ms=row.ttfb_p50_ms,
        ttfb_p95_ms=row.ttfb_p95_ms,
    )


def _standing(row: ReportedStanding) -> ReportedStandingSheet:
    return ReportedStandingSheet(
        kind="competition" if row.kind == "competition" else "category",
        title=row.title,
        rating=row.rating,
        wins=row.wins,
        losses=row.losses,
        ties=row.ties,
        rank=row.rank,
        ranked_models=row.ranked_models,
        mode=row.mode,
        image_url=row.image_url,
    )
