"""What a schedule's next run would do and cost, from prices and accounts as they are now. Writes nothing."""

from collections.abc import Collection, Sequence

from arena.generation.image_requests import schedule_request
from arena.generation.plan import Plan, Wish, make_plan
from arena.models import Schedule
from providers.planning.call_plan import ImageRequest
from providers.planning.offers import EndpointOffer, offers_for
from providers.planning.reading import read_catalogue
from providers.planning.served import Catalogue


def plan_schedule(schedule: Schedule) -> Plan:
    """One line per entrant. Queries: those of the offers, and one for the entrants."""
    entrants = schedule.entrants.select_related("model")
    wishes = [
        Wish(model_id=entrant.model_id, model_name=entrant.model.name, endpoint_id=entrant.endpoint_id)
        for entrant in entrants
    ]
    return plan_wishes(wishes, schedule_request(schedule), images=schedule.images_per_model)


def plan_wishes(wishes: Sequence[Wish], request: ImageRequest, *, images: int) -> Plan:
    """The same before there is a schedule."""
    return make_plan(wishes, read_offers(request, {wish.model_id for wish in wishes}), images=images)


def read_offers(request: ImageRequest, model_ids: Collection[int] | None = None) -> dict[int, list[EndpointOffer]]:
    """By model id, of all or of the given models."""
    return offers_by_model(read_catalogue(model_ids), request)


def offers_by_model(catalogue: Catalogue, request: ImageRequest) -> dict[int, list[EndpointOffer]]:
    """Of models that are still served and have an endpoint in the mode, the best offer of each first."""
    served = (model for model in catalogue.models if not model.is_over and model.sheet.status != "deprecated")
    return {model.id: offers for model in served if (offers := offers_for(catalogue, model, request))}
