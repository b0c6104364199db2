"""From a generation's row to what dispatch needs to make its picture. Read side; reads the source picture's bytes."""

from dataclasses import dataclass
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from arena import probe
from arena.models import Competition, Generation
from arena.offers import Wanted, tariff_at
from providers.accounts import account_of
from providers.adapters.registry import adapter_for
from providers.adapters.wire import ImageOrder, InputImage
from providers.dispatch.order_record import StoredInput, record_of
from providers.dispatch.ticket import Scope, Ticket
from providers.models import Endpoint
from providers.modes import IMAGE_EDIT
from providers.pricing import Size

# A long queue must not give back what the operator has confirmed.
WAIT_S: Final = 7200.0


class SourceNotHere(Exception):
    """The picture to send along is not within this process's reach; another worker may have it."""


class NothingToCall(Exception):
    """The endpoint is gone; the message says which."""


@dataclass(frozen=True)
class _Task:
    """What is to be drawn: mode, prompt, and the picture to be edited with the place where it lies."""

    mode: str
    prompt: str
    source: InputImage | None = None
    name: str = ""


def ticket_of(generation: Generation) -> Ticket:
    """Raises NoAccess, UnknownProtocol, NothingToCall, SourceNotHere."""
    endpoint = generation.endpoint
    if endpoint is None:
        raise NothingToCall(f"the endpoint {generation.endpoint_key} is gone")
    schedule, access = generation.run.schedule, account_of(endpoint.provider)
    task = _of_competition(schedule.competition) if schedule.competition else _of_probe(endpoint)
    order = _order(generation, endpoint, task)
    inputs = tuple(one.size for one in order.inputs)
    assert order.size is not None
    wanted = Wanted(mode=task.mode, size=order.size, inputs=inputs, parameters=schedule.parameters)
    tariff = tariff_at(endpoint, wanted, timezone.now())
    stored = [StoredInput(name=task.name, media_type=one.media_type, size=one.size) for one in order.inputs]
    return Ticket(
        endpoint_id=endpoint.pk,
        endpoint_key=endpoint.key,
        access=access,
        adapter=adapter_for(access.protocol),
        order=order,
        source="scheduled" if schedule.competition else "probe",
        cost=tariff.cost(),
        tariff=tariff,
        worst_case_usd=endpoint.worst_case_usd,
        scopes=(Scope("schedule", schedule.budget_subject),),
        wait_s=WAIT_S,
        order_record=record_of(order, inputs=stored),
        intent_uuid=generation.intent_uuid,
    )


def _order(generation: Generation, endpoint: Endpoint, task: _Task) -> ImageOrder:
    return ImageOrder(
        mode=task.mode,
        provider_model_id=endpoint.provider_model_id,
        prompt=task.prompt,
        call_style=endpoint.call_style,
        size=Size(width_px=generation.width_px, height_px=generation.height_px),
        seed=generation.seed,
        inputs=(task.source,) if task.source else (),
        input_name=_input_name(endpoint) if task.source else "",
        parameters=dict(generation.run.schedule.parameters),
    )


def _input_name(endpoint: Endpoint) -> str:
    """What the endpoint calls the picture it edits, where it has a parameter for files."""
    files = endpoint.parameters.filter(type="file").exclude(name__contains="mask")
    return files.values_list("name", flat=True).first() or ""


def _of_competition(competition: Competition) -> _Task:
    source = competition.source_image
    if source is None:
        return _Task(competition.mode, competition.prompt)
    size, name = Size(width_px=source.width_px, height_px=source.height_px), str(source.file.name)
    image = InputImage(content=_read(name), media_type="image/webp", size=size)
    return _Task(competition.mode, competition.prompt, image, name)


def _of_probe(endpoint: Endpoint) -> _Task:
    mode = probe.mode_of(endpoint.modes)
    if mode != IMAGE_EDIT:
        return _Task(mode, probe.PROMPTS[mode])
    content = probe.source_picture()
    if not default_storage.exists(probe.SOURCE_NAME):
        default_storage.save(probe.SOURCE_NAME, ContentFile(content))
    image = InputImage(content=content, media_type="image/png", size=probe.SIZE)
    return _Task(mode, probe.PROMPTS[mode], image, probe.SOURCE_NAME)


def _read(name: str) -> bytes:
    try:
        with default_storage.open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise SourceNotHere(name) from None
