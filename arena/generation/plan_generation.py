"""What a run would ask for, do and cost, from prices and accounts as they are now. Writes nothing."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from arena.generation import probe_picture
from arena.models import Competition, Generation, Run, Schedule
from providers.adapters.wire import InputImage
from providers.planning.call_plan import ImageRequest
from providers.planning.offers import EndpointOffer, offers_for
from providers.planning.reading import read_catalogue
from providers.planning.routing import Catalogue
from providers.pricing import Size, size_from_text
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE, Json

# Of others the intake makes no entry.
ENTRY_FORMATS: Final = frozenset({"png", "jpeg", "webp"})


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
    return offers[0] if offers and not _why_not(offers[0]) else None


def _why_not(offer: EndpointOffer) -> str:
    """Also where no entry could be made of what it draws."""
    drawn = {call.order.output_format for call in offer.calls} - ENTRY_FORMATS
    return offer.why_not or (f"it draws {min(drawn)}, of which no entry can be made" if drawn else "")


def _line(entrant: EntrantRequest, offers: Sequence[EndpointOffer], images: int) -> Line:
    if entrant.endpoint_id is not None:
        offer = next((offer for offer in offers if offer.endpoint.id == entrant.endpoint_id), None)
        why_not = _why_not(offer) if offer else "the endpoint is switched off or does not serve this mode"
        return Line(entrant=entrant, offer=offer, images=images, why_not=why_not)
    best = best_offer(offers)
    if best is not None:
        return Line(entrant=entrant, offer=best, images=images)
    why_not = _why_not(offers[0]) if offers else "no endpoint serves this mode"
    return Line(entrant=entrant, offer=offers[0] if offers else None, images=images, why_not=why_not)


def schedule_request(schedule: Schedule) -> ImageRequest:
    """Of a schedule with a competition."""
    assert schedule.competition is not None
    return competition_request(schedule.competition, schedule.size, schedule.parameters)


def competition_request(competition: Competition, size: Size, parameters: Mapping[str, Json]) -> ImageRequest:
    """One picture. The source picture stands without its bytes, which is enough to plan and to price it."""
    return ImageRequest(
        mode=competition.mode,
        prompt=competition.prompt,
        parameters={**parameters, "size": str(size)},
        inputs=_source(competition),
    )


def probe_request(mode: str, size: Size) -> ImageRequest:
    """The small picture that measures an endpoint; the one it edits stands without its bytes."""
    inputs = (InputImage(content=b"", media_type="image/png", size=probe_picture.SIZE),) if mode == IMAGE_EDIT else ()
    return ImageRequest(mode=mode, prompt=probe_picture.PROMPTS[mode], parameters={"size": str(size)}, inputs=inputs)


def requested_size(line: Line) -> Size:
    """Of a line with an offer for one of these requests."""
    size = size_from_text(str(line.offer.request.parameters["size"])) if line.offer else None
    assert size is not None
    return size


def planned_generation(
    line: Line, *, run: Run, position: int, seed: int | None, size: Size, retry_of: Generation | None = None
) -> Generation:
    """The row of one picture of a line that can be started, not saved yet."""
    offer = line.offer
    assert offer is not None
    assert offer.most_usd is not None
    return Generation(
        run=run,
        position=position,
        model_id=line.entrant.model_id,
        endpoint_id=offer.endpoint.id,
        endpoint_key=offer.endpoint.key,
        seed=seed,
        width_px=size.width_px,
        height_px=size.height_px,
        simulated=offer.simulated,
        planned_usd=offer.most_usd,
        retry_of=retry_of,
    )


def _source(competition: Competition) -> tuple[InputImage, ...]:
    source = competition.source_image
    if source is None:
        return ()
    size = Size(width_px=source.width_px, height_px=source.height_px)
    return (InputImage(content=b"", media_type="image/webp", size=size),)


def plan_schedule(schedule: Schedule) -> Plan:
    """One line per entrant. Queries: those of the offers, and one for the entrants."""
    entrants = [
        EntrantRequest(model_id=entrant.model_id, model_name=entrant.model.name, endpoint_id=entrant.endpoint_id)
        for entrant in schedule.entrants.select_related("model")
    ]
    return plan_entrants(entrants, schedule_request(schedule), images=schedule.images_per_model)


def plan_entrants(entrants: Sequence[EntrantRequest], request: ImageRequest, *, images: int) -> Plan:
    """The same before there is a schedule."""
    return make_plan(entrants, read_offers(request, {entrant.model_id for entrant in entrants}), images=images)


def read_offers(request: ImageRequest, model_ids: Collection[int] | None = None) -> dict[int, list[EndpointOffer]]:
    """By model id, of all or of the given models."""
    return offers_by_model(read_catalogue(model_ids), request)


def offers_by_model(catalogue: Catalogue, request: ImageRequest) -> dict[int, list[EndpointOffer]]:
    """Of models that are still served and have an endpoint in the mode, the best offer of each first."""
    served = (model for model in catalogue.models if not model.is_over and model.sheet.status != "deprecated")
    return {model.id: offers for model in served if (offers := offers_for(catalogue, model, request))}


def plan_probe() -> Plan:
    """One picture per endpoint; endpoints of providers without an account are left out."""
    best: dict[int, EndpointOffer] = {}
    for offer in _probe_offers():
        known = best.get(offer.endpoint.id)
        if not offer.obstacle and (known is None or known.why_not):
            best[offer.endpoint.id] = offer
    return Plan(tuple(_probe_line(offer) for _, offer in sorted(best.items())))


def _probe_offers() -> Iterator[EndpointOffer]:
    """What is preferred comes first: drawing before editing, the smaller size before the larger."""
    catalogue = read_catalogue()
    for mode in (TEXT_TO_IMAGE, IMAGE_EDIT):
        for size in probe_picture.SIZES:
            for offers in offers_by_model(catalogue, probe_request(mode, size)).values():
                yield from offers


def _probe_line(offer: EndpointOffer) -> Line:
    name = f"{offer.model.sheet.name} at {offer.endpoint.key}"
    entrant = EntrantRequest(model_id=offer.model.id, model_name=name, endpoint_id=offer.endpoint.id)
    return Line(entrant=entrant, offer=offer, images=1, why_not=offer.why_not)
