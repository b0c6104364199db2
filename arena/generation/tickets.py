"""From a generation's row to what dispatch needs to make its picture. Read side; reads the source picture's bytes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from arena.generation import probe_picture
from arena.generation.image_requests import competition_request, probe_request
from arena.models import Generation
from providers.accounts.reading import NoAccess
from providers.adapters.wire import InputImage
from providers.dispatch.call_spec import BudgetScope, CallSpec
from providers.dispatch.order_record import StoredInput, order_to_record
from providers.planning.call_plan import ImageRequest
from providers.planning.offers import EndpointOffer, checked, offer_for
from providers.planning.reading import read_catalogue
from providers.planning.schema.check import FieldsRefused
from providers.planning.served import Catalogue
from providers.planning.sizes import SizeRefused
from providers.pricing import Size
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


def ticket_of(generation: Generation, catalogue: Catalogue) -> CallSpec:
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
        order_record=order_to_record(call.order, inputs=stored),
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
    schedule, size = generation.run.schedule, Size(width_px=generation.width_px, height_px=generation.height_px)
    if schedule.competition:
        request = competition_request(schedule.competition, size, schedule.parameters)
        source = schedule.competition.source_image
        name = str(source.file.name) if source else ""
        return _whole(request, generation.seed, _read(name) if name else b""), name
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


def _read(name: str) -> bytes:
    try:
        with default_storage.open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise SourceNotHere(name) from None
