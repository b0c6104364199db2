"""Makes one picture: sets its money aside, sends the paid call once, follows it, and takes the result in.

Safe to run twice, and anywhere: the intent's row says what has been done and who does it.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone
from psycopg.errors import UniqueViolation

from arena.enqueue import enqueue
from arena.generation import probe_picture
from arena.generation.finalize_generation import OVER, fail_generation, finalize_generation, status_of
from arena.generation.plan_generation import (
    competition_request,
    probe_request,
)
from arena.models import Generation
from providers.accounts.reading import NoAccess
from providers.adapters.wire import InputImage
from providers.dispatch.call_spec import BudgetScope, CallRefused, CallSpec
from providers.dispatch.dispatcher import Dispatcher, open_dispatcher
from providers.dispatch.ledger_values import SCHEDULED_LANES
from providers.dispatch.order_record import StoredInput, order_to_record
from providers.dispatch.release_reserved import release_reserved, release_unsent
from providers.models import Intent
from providers.planning.call_plan import ImageRequest
from providers.planning.checks import FieldsRefused
from providers.planning.offers import EndpointOffer, checked, offer_for
from providers.planning.reading import read_catalogue
from providers.planning.routing import Catalogue
from providers.planning.sizes import SizeRefused
from providers.sheet import Json

# A long queue must not give back what the operator has confirmed.
WAIT_S: Final = 7200.0


class SourceNotHere(Exception):
    """The picture to send along is not within this process's reach; another worker may have it."""


class NothingToCall(Exception):
    """The endpoint is gone, or takes the request no more; the message says which."""


def catalogue_for(generations: Iterable[Generation]) -> Catalogue:
    """The models whose endpoints are to be called, read once for all."""
    return read_catalogue({one.endpoint.model_id for one in generations if one.endpoint})


def call_spec_for(generation: Generation, catalogue: Catalogue) -> CallSpec:
    """Raises NoAccess, NothingToCall, SourceNotHere."""
    schedule = generation.run.schedule
    request, source_name = _request(generation)
    offer = _offer(generation, catalogue, request)
    access, call = offer.endpoint.access, offer.calls[0]
    assert access is not None
    stored = [StoredInput(name=source_name, media_type=one.media_type, size=one.size) for one in request.inputs]
    return CallSpec(
        endpoint_id=offer.endpoint.id,
        endpoint_key=offer.endpoint.key,
        access=access,
        order=call.order,
        source="scheduled" if schedule.competition else "probe",
        cost=call.cost,
        quote=call.quote,
        worst_case_usd=offer.endpoint.worst_case_usd,
        scopes=(BudgetScope("schedule", schedule.budget_subject),),
        wait_s=WAIT_S,
        order_record=order_to_record(call.order, call.quote, inputs=stored),
        intent_uuid=generation.intent_uuid,
    )


def _offer(generation: Generation, catalogue: Catalogue, request: ImageRequest) -> EndpointOffer:
    """What the endpoint makes of it now; whether it is paused is dispatch's to say."""
    found = catalogue.endpoint(generation.endpoint_id)
    if found is None:
        raise NothingToCall(f"the endpoint {generation.endpoint_key} is gone")
    model, endpoint = found
    if endpoint.access is None:
        raise NoAccess(endpoint.obstacle)
    try:
        return offer_for(model, endpoint, checked(model, request))
    except (SizeRefused, FieldsRefused) as refused:
        raise NothingToCall(str(refused)) from None


def _request(generation: Generation) -> tuple[ImageRequest, str]:
    """What was planned, with its seed and the bytes of the picture to edit; and the name that picture is stored by."""
    schedule, size = generation.run.schedule, generation.size
    if schedule.competition:
        request = competition_request(schedule.competition, size, schedule.parameters)
        source = schedule.competition.source_image
        name = str(source.file.name) if source else ""
        return _whole(request, generation.seed, _stored_bytes(name) if name else b""), name
    request = probe_request(probe_picture.mode_of(_modes(generation)), size)
    content = probe_picture.source_picture() if request.inputs else b""
    if content and not default_storage.exists(probe_picture.SOURCE_NAME):
        default_storage.save(probe_picture.SOURCE_NAME, ContentFile(content))
    return _whole(request, generation.seed, content), probe_picture.SOURCE_NAME


def _modes(generation: Generation) -> list[str]:
    if generation.endpoint is None:
        raise NothingToCall(f"the endpoint {generation.endpoint_key} is gone")
    return generation.endpoint.modes


def _whole(request: ImageRequest, seed: int | None, content: bytes) -> ImageRequest:
    parameters: dict[str, Json] = {**request.parameters} if seed is None else {**request.parameters, "seed": seed}
    inputs = tuple(InputImage(content=content, media_type=one.media_type, size=one.size) for one in request.inputs)
    return replace(request, parameters=parameters, inputs=inputs)


def _stored_bytes(name: str) -> bytes:
    try:
        with default_storage.open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise SourceNotHere(name) from None


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
    specs = [(generation, spec) for generation in waiting if (spec := _call_spec(generation, catalogue)) is not None]
    refusals = asyncio.run(_reserve([spec for _, spec in specs])) if specs else []
    for (generation, _), refused in zip(specs, refusals, strict=True):
        if refused is not None and refused.reason != "taken":
            fail_generation(generation.pk, _words(refused))
    link_intents([generation for generation, _ in specs])
    release_given_up([generation for generation, _ in specs])
    ready = _waiting().filter(pk__in=generation_ids, intent__isnull=False)
    return list(ready.values_list("pk", flat=True))


def release_given_up(reserved: Collection[Generation]) -> None:
    """Those that were cancelled or deleted while their money was set aside."""
    ids = [generation.pk for generation in reserved]
    release_cancelled(ids)
    there = set(Generation.objects.filter(pk__in=ids).values_list("pk", flat=True))
    release_unsent([generation.intent_uuid for generation in reserved if generation.pk not in there])


def link_intents(generations: Iterable[Generation]) -> None:
    """Those whose intent exists and is not linked: a worker may have stopped between the two."""
    by_uuid = {generation.intent_uuid: generation.pk for generation in generations if generation.intent_id is None}
    for pk, found in Intent.objects.filter(uuid__in=by_uuid).values_list("pk", "uuid"):
        Generation.objects.filter(pk=by_uuid[found], intent=None).update(intent_id=pk)


def send_generation(generation_id: int, *, opener: Opener = open_dispatcher) -> str:
    """Sends it if nobody has, and takes in what came of it; the status it has afterwards."""
    generation = _waiting().filter(pk=generation_id).first()
    if generation is None:
        return OVER
    if generation.intent_id is None and not reserve_generations([generation_id]):
        return status_of(generation_id)
    generation = _waiting().filter(pk=generation_id).first()
    if generation is None or generation.intent is None:
        return OVER
    if generation.intent.state == "reserved":
        _send(generation, opener)
    return finalize_generation(generation_id)


def _send(generation: Generation, opener: Opener) -> None:
    spec = _call_spec(generation, catalogue_for([generation]))
    if spec is None:
        return
    outcome = asyncio.run(_run(spec, opener)) if _has_room(spec) else None
    if outcome is None or (isinstance(outcome, CallRefused) and outcome.reason in {"busy", "storage"}):
        enqueue("send_generation", generation.pk, in_s=AGAIN_S)


def _has_room(spec: CallSpec) -> bool:
    """Whether asking is worth the connections it takes; the statement that claims the row decides."""
    in_flight = Intent.objects.filter(provider=spec.access.provider_id, state__in=("submitting", "submitted"))
    return in_flight.count() < min(spec.access.max_concurrent, SCHEDULED_LANES)


def _call_spec(generation: Generation, catalogue: Catalogue) -> CallSpec | None:
    """None where it cannot be sent from here."""
    try:
        spec = call_spec_for(generation, catalogue)
        if spec.access.simulated != generation.simulated:
            raise NoAccess(
                "the provider was simulated when this was planned" if generation.simulated else "no key is set"
            )
        return spec
    except NoAccess as error:
        if timezone.now() - generation.created_at > ACCESS_PATIENCE:
            fail_generation(generation.pk, str(error))
        log.warning("generation %s is left to another worker: %s", generation.pk, error)
    except SourceNotHere as error:
        log.warning("generation %s is left to another worker: %s is not here", generation.pk, error)
    except NothingToCall as error:
        fail_generation(generation.pk, str(error))
    return None


async def _reserve(specs: list[CallSpec]) -> list[CallRefused | None]:
    async with open_dispatcher(connections_at_most=2) as dispatcher:
        return [await _reserve_one(dispatcher, spec) for spec in specs]


async def _reserve_one(dispatcher: Dispatcher, spec: CallSpec) -> CallRefused | None:
    try:
        result = await dispatcher.reserve(spec)
    except UniqueViolation:
        return CallRefused(reason="taken", detail="another worker has reserved it at this moment")
    return result if isinstance(result, CallRefused) else None


async def _run(spec: CallSpec, opener: Opener) -> object:
    async with opener() as dispatcher:
        return await dispatcher.run_reserved(spec)


def _words(refused: CallRefused) -> str:
    return REASONS.get(refused.reason, "{detail}: {reason}").format(detail=refused.detail, reason=refused.reason)


def _waiting() -> QuerySet[Generation]:
    related = ("run__schedule__competition__source_image", "endpoint", "intent")
    return Generation.objects.filter(status="waiting").select_related(*related)


def release_cancelled(generation_ids: Sequence[int]) -> list[int]:
    """Frees what the cancelled among them hold reserved; ids of those that were sent at that moment and go on."""
    cancelled = Generation.objects.filter(pk__in=generation_ids, status="cancelled")
    held = Intent.objects.filter(uuid__in=cancelled.values("intent_uuid"))
    intents = dict(held.exclude(state="failed").values_list("uuid", "pk"))
    if not intents:
        return []
    released = release_reserved(list(intents.values()))
    going_on = [uuid for uuid, pk in intents.items() if pk not in released]
    sent = list(Generation.objects.filter(intent_uuid__in=going_on).values_list("pk", flat=True))
    Generation.objects.filter(pk__in=sent, status="cancelled").update(status="waiting", finished_at=None)
    return sent
