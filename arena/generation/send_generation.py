"""Makes one picture: sets its money aside, sends the paid call once, follows it, and takes the result in.

Safe to run twice, and anywhere: the intent's row says what has been done and who does it.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone
from psycopg.errors import UniqueViolation

from arena.generation.cancel_run import release_cancelled
from arena.generation.settle_generation import fail_generation, settle_generation
from arena.generation.tickets import NothingToCall, SourceNotHere, catalogue_for, ticket_of
from arena.generation.wake import wake
from arena.models import Generation
from providers.accounts.reading import NoAccess
from providers.dispatch.call_spec import CallRefused, CallSpec
from providers.dispatch.dispatcher import Dispatcher, open_dispatcher
from providers.dispatch.ledger import SCHEDULED_LANES
from providers.models import Intent
from providers.planning.served import Catalogue

log = logging.getLogger(__name__)
Opener = Callable[[], AbstractAsyncContextManager[Dispatcher]]

# A worker without keys leaves a picture to those that have them; when none has, somebody must be told.
ACCESS_PATIENCE: Final = timedelta(minutes=10)
AGAIN_S: Final = 2.0
REASONS: Final = {
    "no_budget": "no budget is set for {detail}",
    "over_budget": "the budget of {detail} is used up",
    "unknown_cost": "the cost is unknown because {detail}",
    "paused": "{detail} is paused",
    "storage": "{detail}",
}


def reserve_generations(generation_ids: Collection[int]) -> list[int]:
    """Sets the money of each aside and links its intent; ids of those that can be sent now.

    One that may not be paid for ends failed, with the reason; one that this worker cannot reach is left for others.
    """
    link_intents(_waiting().filter(pk__in=generation_ids, intent=None))
    waiting = list(_waiting().filter(pk__in=generation_ids, intent=None))
    catalogue = catalogue_for(waiting)
    tickets = [(generation, ticket) for generation in waiting if (ticket := _ticket(generation, catalogue)) is not None]
    refusals = asyncio.run(_reserve([ticket for _, ticket in tickets])) if tickets else []
    for (generation, _), refused in zip(tickets, refusals, strict=True):
        if refused is not None and refused.reason != "taken":
            fail_generation(generation.pk, _words(refused))
    link_intents([generation for generation, _ in tickets])
    release_cancelled([generation.pk for generation, _ in tickets])
    ready = _waiting().filter(pk__in=generation_ids, intent__isnull=False)
    return list(ready.values_list("pk", flat=True))


def link_intents(generations: Iterable[Generation]) -> None:
    """Those whose intent exists and is not linked: a worker may have stopped between the two."""
    by_uuid = {generation.intent_uuid: generation.pk for generation in generations if generation.intent_id is None}
    for pk, found in Intent.objects.filter(uuid__in=by_uuid).values_list("pk", "uuid"):
        Generation.objects.filter(pk=by_uuid[found], intent=None).update(intent_id=pk)


def send_generation(generation_id: int, *, opener: Opener = open_dispatcher) -> str:
    """Sends it if nobody has, and takes in what came of it; the status it has afterwards."""
    generation = _waiting().filter(pk=generation_id).first()
    if generation is None:
        return "over"
    if generation.intent_id is None and not reserve_generations([generation_id]):
        return Generation.objects.get(pk=generation_id).status
    generation = _waiting().filter(pk=generation_id).first()
    if generation is None or generation.intent is None:
        return "over"
    if generation.intent.state == "reserved":
        _send(generation, opener)
    return settle_generation(generation_id)


def _send(generation: Generation, opener: Opener) -> None:
    ticket = _ticket(generation, catalogue_for([generation]))
    if ticket is None:
        return
    outcome = asyncio.run(_run(ticket, opener)) if _has_room(ticket) else None
    if outcome is None or (isinstance(outcome, CallRefused) and outcome.reason in {"busy", "storage"}):
        wake("send_generation", generation.pk, in_s=AGAIN_S)


def _has_room(ticket: CallSpec) -> bool:
    """Whether asking is worth the connections it takes; the statement that claims the row decides."""
    in_flight = Intent.objects.filter(provider=ticket.access.provider_id, state__in=("submitting", "submitted"))
    return in_flight.count() < min(ticket.access.max_concurrent, SCHEDULED_LANES)


def _ticket(generation: Generation, catalogue: Catalogue) -> CallSpec | None:
    """None where it cannot be sent from here."""
    try:
        ticket = ticket_of(generation, catalogue)
        if ticket.access.simulated != generation.simulated:
            raise NoAccess(
                "the provider was simulated when this was planned" if generation.simulated else "no key is set"
            )
        return ticket
    except NoAccess as error:
        if timezone.now() - generation.created_at > ACCESS_PATIENCE:
            fail_generation(generation.pk, str(error))
        log.warning("generation %s is left to another worker: %s", generation.pk, error)
    except SourceNotHere as error:
        log.warning("generation %s is left to another worker: %s is not here", generation.pk, error)
    except NothingToCall as error:
        fail_generation(generation.pk, str(error))
    return None


async def _reserve(tickets: list[CallSpec]) -> list[CallRefused | None]:
    async with open_dispatcher(connections_at_most=2) as dispatcher:
        return [await _reserve_one(dispatcher, ticket) for ticket in tickets]


async def _reserve_one(dispatcher: Dispatcher, ticket: CallSpec) -> CallRefused | None:
    try:
        result = await dispatcher.reserve(ticket)
    except UniqueViolation:
        return CallRefused(reason="taken", detail="another worker has reserved it at this moment")
    return result if isinstance(result, CallRefused) else None


async def _run(ticket: CallSpec, opener: Opener) -> object:
    async with opener() as dispatcher:
        return await dispatcher.run_reserved(ticket)


def _words(refused: CallRefused) -> str:
    return REASONS.get(refused.reason, "{detail}: {reason}").format(detail=refused.detail, reason=refused.reason)


def _waiting() -> QuerySet[Generation]:
    related = ("run__schedule__competition__source_image", "endpoint", "intent")
    return Generation.objects.filter(status="waiting").select_related(*related)
