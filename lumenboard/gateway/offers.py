"""What one endpoint would do for a wish: the paid calls with their costs, and what is left for us to convert. Pure."""

from dataclasses import dataclass, replace
from decimal import Decimal

from lumenboard.gateway.errors import GatewayError
from lumenboard.gateway.wish import Wish
from providers.adapters.capabilities import OutputFormat
from providers.adapters.wire import ImageOrder
from providers.planning.call_plan import CallPlan, Unified, plan_calls
from providers.planning.served import ServedEndpoint, ServedModel
from providers.planning.sizes import Limits, SizeRefused
from providers.pricing import Cost, CostPart, Tariff, Unknown


@dataclass(frozen=True, kw_only=True)
class PlannedCall:
    """One paid call: the order, and the cost it is reserved and charged by."""

    order: ImageOrder
    tariff: Tariff

    @property
    def cost(self) -> Cost | Unknown:
        """Before the call."""
        return self.tariff.cost()


@dataclass(frozen=True, kw_only=True)
class Offer:
    """All calls to one endpoint. `convert_to` None leaves the pictures as they come."""

    endpoint: ServedEndpoint
    calls: tuple[PlannedCall, ...]
    convert_to: OutputFormat | None
    quality: int | None

    @property
    def cost(self) -> Cost | Unknown:
        """Of all calls together; Unknown where one of them is."""
        total = Decimal(0)
        parts: list[CostPart] = []
        for call in self.calls:
            if isinstance(call.cost, Unknown):
                return call.cost
            total += call.cost.total_usd
            parts += call.cost.parts
        return Cost(total_usd=total, parts=_merged(parts))


def offer_of(model: ServedModel, endpoint: ServedEndpoint, wish: Wish, images: int) -> Offer:
    """For that many pictures. Raises GatewayError for a size that says nothing."""
    assert endpoint.adapter is not None
    request = Unified(
        mode=wish.mode,
        prompt=wish.prompt,
        images=images,
        output_format=wish.output_format,
        output_quality=wish.output_quality,
        parameters={**wish.parameters, **wish.preference.options.get(endpoint.provider, {})},
        inputs=wish.inputs,
        mask=wish.mask,
    )
    limits = Limits(width_px=model.sheet.max_width_px, height_px=model.sheet.max_height_px)
    try:
        plan = plan_calls(
            request,
            endpoint.sheet,
            endpoint.adapter,
            declared=model.sheet.parameters,
            limits=limits,
            foreign=endpoint.foreign,
        )
    except SizeRefused as error:
        raise GatewayError("INVALID_REQUEST", str(error), error.field) from None
    calls = tuple(PlannedCall(order=order, tariff=_tariff(endpoint, plan, order)) for order in plan.orders)
    return Offer(endpoint=endpoint, calls=calls, convert_to=plan.convert_to, quality=plan.quality)


def _tariff(endpoint: ServedEndpoint, plan: CallPlan, order: ImageOrder) -> Tariff:
    """Each call is a request of its own to the provider, and is priced as one."""
    return Tariff(endpoint.sheet.prices, replace(plan.price_order, images=order.images))


def _merged(parts: list[CostPart]) -> tuple[CostPart, ...]:
    """Parts of one kind and price as one."""
    merged: dict[tuple[str, str, Decimal], CostPart] = {}
    for part in parts:
        key = (part.direction, part.metric, part.unit_price_usd)
        held = merged.get(key)
        merged[key] = (
            part
            if held is None
            else replace(
                held,
                quantity=held.quantity + part.quantity,
                billed=held.billed + part.billed,
                total_usd=held.total_usd + part.total_usd,
            )
        )
    return tuple(merged.values())
