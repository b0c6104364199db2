"""What a schedule's next run would do and cost, from prices and accounts as they are now. Writes nothing."""

from collections.abc import Sequence

from arena.generation_plan import Plan, Wish, make_plan
from arena.models import Schedule
from arena.offers import Wanted, read_offers, wanted_of


def plan_schedule(schedule: Schedule) -> Plan:
    """One line per entrant. Queries: those of the offers, and one for the entrants."""
    entrants = schedule.entrants.select_related("model")
    wishes = [
        Wish(model_id=entrant.model_id, model_name=entrant.model.name, endpoint_id=entrant.endpoint_id)
        for entrant in entrants
    ]
    return plan_wishes(wishes, wanted_of(schedule), images=schedule.images_per_model)


def plan_wishes(wishes: Sequence[Wish], wanted: Wanted, *, images: int) -> Plan:
    """The same before there is a schedule."""
    return make_plan(wishes, read_offers(wanted, {wish.model_id for wish in wishes}), images=images)
