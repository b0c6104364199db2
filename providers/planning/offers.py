"""What endpoints would do for a request: the paid calls with their costs, and what is left for us to convert. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Final

from providers.adapters.capabilities import OutputFormat
from providers.adapters.wire import ImageOrder
from providers.planning.call_plan import CallPlan, ImageRequest, plan_calls
from providers.planning.checks import FieldsRefused, check_fields
from providers.planning.notices import Notice
from providers.planning.routing import Catalogue, Preference, ServedEndpoint, ServedModel, route
from providers.planning.sizes import Limits, SizeRefused
from providers.pricing import Cost, CostPart, PriceQuote, Size, UnknownCost, set_aside

CHEAPEST: Final = Preference(sort="price")


@dataclass(frozen=True, kw_only=True)
class PlannedCall:
    """One paid call: the order, and the cost it is reserved and charged by."""

    order: ImageOrder
    quote: PriceQuote

    @cached_property
    def cost(self) -> Cost | UnknownCost:
        """Before the call."""
        return self.quote.cost()


@dataclass(frozen=True, kw_only=True)
class EndpointOffer:
    """All calls to one endpoint, or the `obstacle` that keeps us from calling it.

    `convert_to` None leaves the pictures as they come. `size` is what each is expected to have, and `size_note` says
    so where another was asked for. `notices` and `unlisted` say what becomes of parameters. An endpoint that is cooling
    can be called, and is taken last.
    """

    model: ServedModel = field(repr=False)
    endpoint: ServedEndpoint
    request: ImageRequest = field(repr=False)
    calls: tuple[PlannedCall, ...] = ()
    convert_to: OutputFormat | None = None
    quality: int | None = None
    size: Size | None = None
    size_note: str = ""
    notices: tuple[Notice, ...] = ()
    unlisted: tuple[str, ...] = ()
    is_cooling: bool = False
    obstacle: str = ""

    @cached_property
    def cost(self) -> Cost | UnknownCost:
        """Of all calls together; UnknownCost where one of them is."""
        if not self.calls:
            return UnknownCost(self.obstacle)
        total = Decimal(0)
        parts: list[CostPart] = []
        for call in self.calls:
            if isinstance(call.cost, UnknownCost):
                return call.cost
            total += call.cost.total_usd
            parts += call.cost.parts
        return Cost(total_usd=total, parts=_merged(parts))

    @property
    def most_usd(self) -> Decimal | None:
        """What is set aside for it: cost, worst case or bound of each call; None where nothing can be said."""
        most = [set_aside(call.cost, self.endpoint.worst_case_usd) for call in self.calls]
        known = [usd for usd in most if usd is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(most) else None

    @property
    def is_exact(self) -> bool:
        """Whether `most_usd` is the price rather than a bound."""
        return isinstance(self.cost, Cost)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Parameters of the request that this endpoint is not known to take."""
        return (*(one.parameter for one in self.notices if one.kind == "unsupported"), *self.unlisted)

    @property
    def simulated(self) -> bool:
        """Whether the simulator stands in for the provider."""
        return self.endpoint.access is not None and self.endpoint.access.simulated

    @property
    def why_not(self) -> str:
        """Empty where it can be started."""
        if self.obstacle:
            return self.obstacle
        cost = self.cost
        return (
            f"the cost is unknown because {cost.reason}"
            if self.most_usd is None and isinstance(cost, UnknownCost)
            else ""
        )


def checked(model: ServedModel, request: ImageRequest, given: Iterable[str] = ()) -> ImageRequest:
    """Its parameters in their types. Raises FieldsRefused, which names every field that is wrong."""
    sent = (*given, "prompt", *(("image",) if request.inputs else ()), *(("mask",) if request.mask else ()))
    return replace(request, parameters=check_fields(model.groups, request.mode, request.parameters, sent))


def offer_for(model: ServedModel, endpoint: ServedEndpoint, request: ImageRequest) -> EndpointOffer:
    """Of an endpoint that can be called, for a request that is checked. Raises SizeRefused."""
    assert endpoint.access is not None
    plan = plan_calls(
        request,
        endpoint.sheet,
        endpoint.access.adapter,
        declared=model.sheet.parameters,
        limits=Limits(width_px=model.sheet.max_width_px, height_px=model.sheet.max_height_px),
        foreign=endpoint.foreign,
    )
    return EndpointOffer(
        model=model,
        endpoint=endpoint,
        request=request,
        calls=tuple(PlannedCall(order=order, quote=_quote(endpoint, plan, order)) for order in plan.orders),
        convert_to=plan.convert_to,
        quality=plan.quality,
        size=plan.size,
        size_note=plan.size_note,
        notices=plan.notices,
        unlisted=plan.unlisted,
    )


def offers_for(catalogue: Catalogue, model: ServedModel, request: ImageRequest) -> list[EndpointOffer]:
    """Of every endpoint that serves the mode: the cheapest healthy one first, those that cannot be started last."""
    serving = [one for one in model.endpoints if one.sheet.is_enabled and request.mode in one.sheet.modes]
    try:
        request, fault = checked(model, request), ""
    except FieldsRefused as refused:
        fault = str(refused)
    offers = [
        replace(_offer_or_obstacle(model, endpoint, request, fault), is_cooling=endpoint.id in catalogue.cooling)
        for endpoint in serving
    ]
    able = ranked(catalogue, [offer for offer in offers if not offer.why_not], CHEAPEST, lambda: 0.0)
    return [*able, *(offer for offer in offers if offer.why_not)]


def ranked(
    catalogue: Catalogue, offers: Sequence[EndpointOffer], preference: Preference, draw: Callable[[], float]
) -> list[EndpointOffer]:
    """Those that the preference allows, best first."""
    by_key = {offer.endpoint.key: offer for offer in offers}
    candidates = [
        catalogue.candidate(offer.model, offer.endpoint, offer.request.mode, offer.cost, offer.request.images)
        for offer in by_key.values()
    ]
    return [by_key[candidate.endpoint_key] for candidate in route(candidates, preference, draw)]


def _offer_or_obstacle(
    model: ServedModel, endpoint: ServedEndpoint, request: ImageRequest, fault: str
) -> EndpointOffer:
    obstacle = endpoint.obstacle or fault
    if not obstacle:
        try:
            return offer_for(model, endpoint, request)
        except SizeRefused as refused:
            obstacle = str(refused)
    return EndpointOffer(model=model, endpoint=endpoint, request=request, obstacle=obstacle)


def _quote(endpoint: ServedEndpoint, plan: CallPlan, order: ImageOrder) -> PriceQuote:
    """Each call is a request of its own to the provider, and is priced as one."""
    return PriceQuote(endpoint.sheet.prices, replace(plan.price_order, images=order.images))


def _merged(parts: list[CostPart]) -> tuple[CostPart, ...]:
    """Parts of one kind and price as one."""
    merged: dict[tuple[str, str, Decimal], CostPart] = {}
    for part in parts:
        key = (part.direction, part.metric, part.unit_price_usd)
        known = merged.get(key)
        merged[key] = (
            part
            if known is None
            else replace(
                known,
                quantity=known.quantity + part.quantity,
                billed=known.billed + part.billed,
                total_usd=known.total_usd + part.total_usd,
            )
        )
    return tuple(merged.values())
