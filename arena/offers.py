"""Endpoints that could make a picture now, each with what it costs. Read side."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from arena.generation_plan import Offer
from arena.models import Competition, Schedule
from providers.accounts import NoAccess, account_of
from providers.catalogue.rows import price_sheet
from providers.catalogue.sheet import Json
from providers.models import Endpoint, EndpointHealth, PriceComponent, Provider
from providers.pricing import Cost, Order, Size, Tariff, Unknown


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What every picture of a run has in common; `inputs` are the sizes of the pictures sent along."""

    mode: str
    size: Size
    inputs: tuple[Size, ...] = ()
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class _Reach:
    """Whether a provider can be called, and whether it is the simulator that answers."""

    simulated: bool
    obstacle: str


def wanted_of(schedule: Schedule) -> Wanted:
    """Of a schedule with a competition."""
    competition = schedule.competition
    assert competition is not None
    size = Size(width_px=schedule.width_px, height_px=schedule.height_px)
    return Wanted(mode=competition.mode, size=size, inputs=inputs_of(competition), parameters=schedule.parameters)


def inputs_of(competition: Competition) -> tuple[Size, ...]:
    """The size of the source picture, where there is one."""
    source = competition.source_image
    return (Size(width_px=source.width_px, height_px=source.height_px),) if source else ()


def read_offers(wanted: Wanted, model_ids: Collection[int] | None = None) -> dict[int, list[Offer]]:
    """By model id, in the order of the endpoints. Three queries, and one per provider."""
    now = timezone.now()
    endpoints = serving(wanted.mode)
    if model_ids is not None:
        endpoints = endpoints.filter(model_id__in=model_ids)
    reach: dict[int, _Reach] = {}
    offers: dict[int, list[Offer]] = defaultdict(list)
    for endpoint in endpoints:
        if endpoint.provider_id not in reach:
            reach[endpoint.provider_id] = _reach(endpoint.provider)
        offers[endpoint.model_id].append(_offer(endpoint, wanted, reach[endpoint.provider_id], now))
    return dict(offers)


def serving(mode: str) -> QuerySet[Endpoint]:
    """Enabled endpoints of models that are not deprecated, with what an offer is made of."""
    return (
        Endpoint.objects.filter(is_enabled=True, modes__contains=[mode])
        .exclude(model__status="deprecated")
        .select_related("provider", "model", "health")
        .prefetch_related("prices", "parameters")
        .order_by("model__name", "position", "id")
    )


def _offer(endpoint: Endpoint, wanted: Wanted, reach: _Reach, now: datetime) -> Offer:
    return Offer(
        endpoint_id=endpoint.pk,
        endpoint_key=endpoint.key,
        provider_name=endpoint.provider.name,
        size=wanted.size,
        cost=cost_at(endpoint, wanted, now),
        worst_case_usd=endpoint.worst_case_usd,
        simulated=reach.simulated,
        is_cooling=_is_cooling(endpoint, now),
        obstacle=reach.obstacle,
    )


def cost_at(endpoint: Endpoint, wanted: Wanted, now: datetime) -> Cost | Unknown:
    """One picture, before it is called for."""
    return tariff_at(endpoint, wanted, now).cost()


def tariff_at(endpoint: Endpoint, wanted: Wanted, now: datetime) -> Tariff:
    """One picture, by the prices in force; they may depend on the endpoint's defaults, under what is asked for."""
    defaults = {row.name: row.default for row in endpoint.parameters.all() if row.default is not None}
    parameters = {**defaults, **wanted.parameters}
    prices = tuple(price_sheet(row) for row in endpoint.prices.all() if _in_force(row, now))
    return Tariff(prices, Order(size=wanted.size, inputs=wanted.inputs, parameters=parameters))


def _in_force(price: PriceComponent, now: datetime) -> bool:
    return (price.valid_from is None or price.valid_from <= now) and (price.valid_to is None or price.valid_to > now)


def _is_cooling(endpoint: Endpoint, now: datetime) -> bool:
    try:
        health = endpoint.health
    except EndpointHealth.DoesNotExist:
        return False
    return any(until is not None and until > now for until in (health.opened_until, health.cooling_until))


def _reach(provider: Provider) -> _Reach:
    try:
        access = account_of(provider)
    except NoAccess as error:
        return _Reach(simulated=False, obstacle=str(error))
    return _Reach(access.simulated, f"{provider.name} is paused" if access.is_paused else "")
