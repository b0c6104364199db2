"""Reads the gateway's catalogue out of rows. Slow parts only when the rows have changed. Read side, synchronous."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from arena.models import Standing
from providers.accounts import NoAccess, ProviderAccess, account_of
from providers.adapters.registry import UnknownProtocol, adapter_for
from providers.catalogue.rows import read_sheets
from providers.catalogue.sheet import EndpointSheet, ModelSheet
from providers.models import Endpoint, EndpointHealth, ImageModel, Provider
from providers.planning.call_plan import foreign_names
from providers.planning.schema.unified import compile_schema
from providers.planning.served import Catalogue, Figures, ServedEndpoint, ServedModel
from providers.pricing import in_force
from providers.telemetry.reading import Scope, performance
from providers.telemetry.windows import sliding_window

WINDOW: Final = "24h"
WATCHED: Final = (
    *("imagemodel", "modelalias", "modelparameter", "endpoint", "endpointparameter", "pricecomponent"),
    *("provider", "provideraccount"),
)


def rows_version() -> str:
    """Changes with every change of a watched table: its youngest row's transaction, and how many rows it has."""
    parts = " UNION ALL ".join(
        f"SELECT {number}, count(*), max(xmin::text::bigint) FROM providers_{table}"  # noqa: S608  # names of this file
        for number, table in enumerate(WATCHED)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{parts} ORDER BY 1")
        return repr(cursor.fetchall())


def read_catalogue(version: str) -> Catalogue:
    """Everything that is in the rows now; figures come with `with_figures`."""
    now, reach = timezone.now(), {provider.slug: _reach(provider) for provider in Provider.objects.all()}
    ids = {key: (pk, most) for key, pk, most in Endpoint.objects.values_list("key", "id", "worst_case_usd")}
    # of a model without an endpoint nothing could be served; it may be one that nobody is to know of
    sold = ImageModel.objects.filter(endpoints__isnull=False).distinct()
    own = {slug: (pk, at) for slug, pk, at in sold.values_list("slug", "id", "created_at")}
    by_name: dict[str, ServedModel] = {}
    for slug, sheet in read_sheets().items():
        if slug not in own:
            continue
        endpoints = tuple(
            _endpoint(ids[one.key], one, sheet, reach[one.provider.slug], now)
            for one in sheet.endpoints
            if one.key in ids
        )
        model = ServedModel(
            id=own[slug][0],
            created=int(own[slug][1].timestamp()),
            sheet=sheet,
            endpoints=endpoints,
            groups=compile_schema(sheet.parameters, [one for one in sheet.endpoints if one.is_enabled]),
            is_over=_is_over(sheet, now),
        )
        by_name |= dict.fromkeys((slug, *sheet.aliases), model)
    return Catalogue(version=version, by_name=by_name)


def with_health(catalogue: Catalogue) -> Catalogue:
    """Which endpoints are left alone for the moment: one query."""
    now = timezone.now()
    cooling = EndpointHealth.objects.filter(Q(opened_until__gt=now) | Q(cooling_until__gt=now))
    return replace(catalogue, cooling=frozenset(cooling.values_list("endpoint_id", flat=True)))


def with_figures(catalogue: Catalogue) -> Catalogue:
    """Speed and success of the last day, and ratings of the modes' boards."""
    return replace(catalogue, figures=_figures(catalogue), ratings=_ratings())


def _figures(catalogue: Catalogue) -> dict[int, Figures]:
    lines = performance(Scope(), sliding_window(WINDOW, timezone.now()), by=("endpoint",)).lines
    by_key = {(line.subject.endpoint_key, line.subject.simulated): line.figures for line in lines}
    found: dict[int, Figures] = {}
    for model in catalogue.models:
        for endpoint in model.endpoints:
            simulated = endpoint.access is not None and endpoint.access.simulated
            figures = by_key.get((endpoint.key, simulated))
            if figures is None:
                continue
            speed, average_ms = figures.total.percentiles, figures.total.average_ms
            found[endpoint.id] = Figures(
                p50_ms=speed.p50_ms if speed else None,
                p95_ms=speed.p95_ms if speed else None,
                images_per_minute=60_000 / average_ms if average_ms else None,
                success_rate=float(figures.success.lower) if figures.success else None,
            )
    return found


def _ratings() -> dict[tuple[str, str], float]:
    standings = (
        Standing.objects.public()
        .current_headline()
        .filter(snapshot__board__kind="mode")
        .values_list("model__slug", "snapshot__board__mode", "rating")
    )
    return {(slug, mode): float(rating) for slug, mode, rating in standings if rating is not None}


def _endpoint(
    row: tuple[int, Decimal | None],
    sheet: EndpointSheet,
    model: ModelSheet,
    reach: ProviderAccess | str,
    now: datetime,
) -> ServedEndpoint:
    access, obstacle = (None, reach) if isinstance(reach, str) else (reach, "")
    return ServedEndpoint(
        id=row[0],
        sheet=replace(sheet, prices=in_force(sheet.prices, now)),
        worst_case_usd=row[1],
        access=access,
        adapter=adapter_for(access.protocol) if access else None,
        obstacle=obstacle,
        foreign=foreign_names(sheet, model.endpoints, model.parameters),
    )


def _reach(provider: Provider) -> ProviderAccess | str:
    """How the provider is called, or why it cannot be."""
    try:
        access = account_of(provider)
        adapter_for(access.protocol)
    except (NoAccess, UnknownProtocol) as error:
        return str(error)
    return f"{provider.slug} is paused" if access.is_paused else access


def _is_over(sheet: ModelSheet, now: datetime) -> bool:
    return sheet.sunset_on is not None and sheet.sunset_on <= now.date()
