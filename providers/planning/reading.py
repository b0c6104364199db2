"""Reads out of rows what pictures are planned from: models, endpoints, accounts, health. Read side, synchronous."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from providers.accounts.access import ProviderAccess
from providers.accounts.reading import NoAccess, access_from
from providers.catalogue.rows import models_for_calls, sheet_for_calls
from providers.models import Endpoint, EndpointHealth, ImageModel, Provider
from providers.planning.routing import Catalogue, ServedEndpoint, ServedModel
from providers.planning.schema.compile import compile_schema
from providers.pricing import in_force
from providers.sheet import EndpointSheet, ModelSheet, ParameterSheet

# How a provider is called, and why it cannot be.
_Reach = tuple[ProviderAccess | None, str]


def read_catalogue(model_ids: Iterable[int] | None = None) -> Catalogue:
    """The given models, or all, as the rows are now, with the health of their endpoints and without figures.

    Of a model without an endpoint nothing could be served; it may be one that nobody is to know of, and stays out,
    unless it is one whose end was announced. Three queries.
    """
    now = timezone.now()
    found = models_for_calls(model_ids)
    rows = [row for row in found if row.endpoints.all() or (row.sunset_on and row.is_announced)]
    endpoints = [endpoint for row in rows for endpoint in row.endpoints.all()]
    reach = {provider: _reach(provider) for provider in {endpoint.provider for endpoint in endpoints}}
    by_name: dict[str, ServedModel] = {}
    for row in rows:
        model = _model(row, reach, now)
        by_name |= dict.fromkeys((model.slug, *model.sheet.aliases), model)
    cooling = frozenset(endpoint.pk for endpoint in endpoints if _is_cooling(endpoint, now))
    return Catalogue(by_name=by_name, cooling=cooling)


def with_health(catalogue: Catalogue) -> Catalogue:
    """Which endpoints are left alone for the moment: one query."""
    now = timezone.now()
    cooling = EndpointHealth.objects.filter(Q(opened_until__gt=now) | Q(cooling_until__gt=now))
    return replace(catalogue, cooling=frozenset(cooling.values_list("endpoint_id", flat=True)))


def _model(row: ImageModel, reach: Mapping[Provider, _Reach], now: datetime) -> ServedModel:
    sheet = sheet_for_calls(row)
    by_key = {endpoint.key: endpoint for endpoint in row.endpoints.all()}
    return ServedModel(
        id=row.pk,
        created=int(row.created_at.timestamp()),
        updated=int(row.updated_at.timestamp()),
        sheet=sheet,
        endpoints=tuple(_endpoint(by_key[one.key], one, sheet, reach, now) for one in sheet.endpoints),
        groups=compile_schema(sheet.parameters, [one for one in sheet.endpoints if one.is_enabled]),
        is_over=sheet.sunset_on is not None and sheet.sunset_on <= now.date(),
    )


def _endpoint(
    row: Endpoint, sheet: EndpointSheet, model: ModelSheet, reach: Mapping[Provider, _Reach], now: datetime
) -> ServedEndpoint:
    access, obstacle = reach[row.provider]
    return ServedEndpoint(
        id=row.pk,
        sheet=replace(sheet, prices=in_force(sheet.prices, now)),
        worst_case_usd=row.worst_case_usd,
        access=access,
        obstacle=obstacle,
        foreign=foreign_names(sheet, model.endpoints, model.parameters),
    )


def _is_cooling(row: Endpoint, now: datetime) -> bool:
    try:
        health = row.health
    except EndpointHealth.DoesNotExist:
        return False
    return any(until is not None and until > now for until in (health.opened_until, health.cooling_until))


def _reach(provider: Provider) -> _Reach:
    """How the provider, whose account is loaded, is called, and why it cannot be."""
    try:
        access = access_from(provider, getattr(provider, "account", None))
    except NoAccess as error:
        return None, str(error)
    return access, f"{provider.slug} is paused" if access.is_paused else ""


def foreign_names(
    endpoint: EndpointSheet, endpoints: Iterable[EndpointSheet], declared: Iterable[ParameterSheet]
) -> frozenset[str]:
    """Native words of other providers: they are kept from this endpoint, which would refuse or misread them."""
    rows = tuple(declared)
    others = {row.name for one in endpoints if one.provider.slug != endpoint.provider.slug for row in one.parameters}
    others |= {row.name for row in rows if row.only_through not in {"", endpoint.provider.slug}}
    own = {row.name for row in endpoint.parameters}
    shared = {row.name for row in rows if row.only_through in {"", endpoint.provider.slug}}
    return frozenset(others - own - shared)
