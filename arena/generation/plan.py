"""What a run would do and cost before it does: each model's endpoint, each line's money, the sum. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from providers.planning.offers import EndpointOffer


@dataclass(frozen=True, kw_only=True)
class EntrantRequest:
    """A model that is to take part, at a chosen endpoint or at whichever suits best."""

    model_id: int
    model_name: str
    endpoint_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One model at one endpoint. `why_not` empty: it can be started."""

    entrant: EntrantRequest
    offer: EndpointOffer | None
    images: int
    why_not: str = ""

    @property
    def total_usd(self) -> Decimal | None:
        """All pictures of the line at most; None where it cannot be started."""
        if self.why_not or self.offer is None or self.offer.most_usd is None:
            return None
        return self.offer.most_usd * self.images


@dataclass(frozen=True)
class Plan:
    """Every entrant as a line, in their order."""

    lines: tuple[Line, ...]

    @property
    def startable(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not line.why_not)

    @property
    def left_out(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.why_not)

    @property
    def images(self) -> int:
        return sum(line.images for line in self.startable)

    @property
    def total_usd(self) -> Decimal:
        """Of what can be started, exactly."""
        return sum((line.total_usd or Decimal(0) for line in self.startable), Decimal(0))

    @property
    def is_exact(self) -> bool:
        """Whether no line rests on a bound in place of a price."""
        return all(line.offer is not None and line.offer.is_exact for line in self.startable)

    @property
    def is_simulated(self) -> bool:
        return any(line.offer is not None and line.offer.simulated for line in self.startable)


def make_plan(
    entrants: Sequence[EntrantRequest], offers: Mapping[int, Sequence[EndpointOffer]], *, images: int
) -> Plan:
    """`offers` by model id, the best first; `images` is how many pictures each line makes."""
    return Plan(tuple(_line(entrant, offers.get(entrant.model_id, ()), images) for entrant in entrants))


def best_offer(offers: Sequence[EndpointOffer]) -> EndpointOffer | None:
    """The first, as the planner orders them; None where none can be started."""
    return offers[0] if offers and not offers[0].why_not else None


def _line(entrant: EntrantRequest, offers: Sequence[EndpointOffer], images: int) -> Line:
    if entrant.endpoint_id is not None:
        offer = next((offer for offer in offers if offer.endpoint.id == entrant.endpoint_id), None)
        why_not = offer.why_not if offer else "the endpoint is switched off or does not serve this mode"
        return Line(entrant=entrant, offer=offer, images=images, why_not=why_not)
    best = best_offer(offers)
    if best is not None:
        return Line(entrant=entrant, offer=best, images=images)
    why_not = offers[0].why_not if offers else "no endpoint serves this mode"
    return Line(entrant=entrant, offer=offers[0] if offers else None, images=images, why_not=why_not)
