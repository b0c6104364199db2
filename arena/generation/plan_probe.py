"""Which endpoints a probe would measure: all that are enabled and can be called. Writes nothing."""

from collections.abc import Iterator

from arena.generation import probe_picture
from arena.generation.image_requests import probe_request
from arena.generation.plan import Line, Plan, Wish
from arena.generation.plan_generation import offers_by_model
from providers.modes import IMAGE_EDIT, TEXT_TO_IMAGE
from providers.planning.offers import EndpointOffer
from providers.planning.reading import read_catalogue


def plan_probe() -> Plan:
    """One picture per endpoint; endpoints of providers without an account are not wished for at all."""
    best: dict[int, EndpointOffer] = {}
    for offer in _offers():
        known = best.get(offer.endpoint.id)
        if not offer.obstacle and (known is None or known.why_not):
            best[offer.endpoint.id] = offer
    return Plan(tuple(_line(offer) for _, offer in sorted(best.items())))


def _offers() -> Iterator[EndpointOffer]:
    """What is preferred comes first: drawing before editing, the smaller size before the larger."""
    catalogue = read_catalogue()
    for mode in (TEXT_TO_IMAGE, IMAGE_EDIT):
        for size in probe_picture.SIZES:
            for offers in offers_by_model(catalogue, probe_request(mode, size)).values():
                yield from offers


def _line(offer: EndpointOffer) -> Line:
    name = f"{offer.model.sheet.name} at {offer.endpoint.key}"
    wish = Wish(model_id=offer.model.id, model_name=name, endpoint_id=offer.endpoint.id)
    return Line(wish=wish, offer=offer, images=1, why_not=offer.why_not)
