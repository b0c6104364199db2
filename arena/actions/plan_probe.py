"""Which endpoints a probe would measure: all that are enabled and can be called. Writes nothing."""

from collections.abc import Iterator

from arena import probe
from arena.generation_plan import Line, Offer, Plan, Wish
from arena.offers import Wanted, read_offers
from providers.models import ImageModel
from providers.modes import IMAGE_EDIT, TEXT_TO_IMAGE


def plan_probe() -> Plan:
    """One picture per endpoint; endpoints of providers without an account are not wished for at all."""
    best: dict[int, tuple[int, Offer]] = {}
    for model_id, offer in _offers():
        known = best.get(offer.endpoint_id)
        if not offer.obstacle and (known is None or known[1].why_not):
            best[offer.endpoint_id] = (model_id, offer)
    names = dict(ImageModel.objects.filter(pk__in={model for model, _ in best.values()}).values_list("pk", "name"))
    return Plan(tuple(_line(model, names[model], offer) for _, (model, offer) in sorted(best.items())))


def _offers() -> Iterator[tuple[int, Offer]]:
    """What is preferred comes first: drawing before editing, the smaller size before the larger."""
    for mode in (TEXT_TO_IMAGE, IMAGE_EDIT):
        inputs = (probe.SIZE,) if mode == IMAGE_EDIT else ()
        for size in probe.SIZES:
            for model_id, offers in read_offers(Wanted(mode=mode, size=size, inputs=inputs)).items():
                yield from ((model_id, offer) for offer in offers)


def _line(model_id: int, name: str, offer: Offer) -> Line:
    wish = Wish(model_id=model_id, model_name=f"{name} at {offer.endpoint_key}", endpoint_id=offer.endpoint_id)
    return Line(wish=wish, offer=offer, images=1, why_not=offer.why_not)
