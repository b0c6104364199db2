"""What a run would do and cost before it does: each model's endpoint, each line's money, the sum. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from providers.pricing import Cost, Size, Unknown


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An endpoint that serves the mode, and what one picture costs there.

    `worst_case_usd` stands in where the cost is unknown. `obstacle` says why it cannot be called at all; one that
    is cooling can, and is taken last.
    """

    endpoint_id: int
    endpoint_key: str
    provider_name: str
    size: Size
    cost: Cost | Unknown
    worst_case_usd: Decimal | None = None
    simulated: bool = False
    is_cooling: bool = False
    obstacle: str = ""

    @property
    def most_usd(self) -> Decimal | None:
        """What is set aside for one picture; None where nothing can be said."""
        return self.cost.total_usd if isinstance(self.cost, Cost) else self.worst_case_usd

    @property
    def is_exact(self) -> bool:
        """Whether `most_usd` is the price rather than a bound."""
        return isinstance(self.cost, Cost)

    @property
    def why_not(self) -> str:
        """Empty where it can be started."""
        if self.obstacle:
            return self.obstacle
        if self.most_usd is None and isinstance(self.cost, Unknown):
            return f"the cost is unknown because {self.cost.reason}"
        return ""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A model that is to take part, at a chosen endpoint or at whichever suits best."""

    model_id: int
    model_name: str
    endpoint_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One model at one endpoint. `why_not` empty: it can be started."""

    wish: Wish
    offer: Offer | None
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
    """Every wish as a line, in the order of the wishes."""

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


def make_plan(wishes: Sequence[Wish], offers: Mapping[int, Sequence[Offer]], *, images: int) -> Plan:
    """`offers` by model id; `images` is how many pictures each line makes."""
    return Plan(tuple(_line(wish, offers.get(wish.model_id, ()), images) for wish in wishes))


def best_offer(offers: Sequence[Offer]) -> Offer | None:
    """Healthy before cooling, priced before bounded, then the cheapest; None where none can be started."""
    able = [offer for offer in offers if not offer.why_not]
    return min(able, key=_preference) if able else None


def _preference(offer: Offer) -> tuple[bool, bool, Decimal, str]:
    return offer.is_cooling, not offer.is_exact, offer.most_usd or Decimal(0), offer.endpoint_key


def _line(wish: Wish, offers: Sequence[Offer], images: int) -> Line:
    if wish.endpoint_id is not None:
        offer = next((offer for offer in offers if offer.endpoint_id == wish.endpoint_id), None)
        why_not = offer.why_not if offer else "the endpoint is switched off or does not serve this mode"
        return Line(wish=wish, offer=offer, images=images, why_not=why_not)
    best = best_offer(offers)
    if best is not None:
        return Line(wish=wish, offer=best, images=images)
    why_not = offers[0].why_not if offers else "no endpoint serves this mode"
    return Line(wish=wish, offer=offers[0] if offers else None, images=images, why_not=why_not)
