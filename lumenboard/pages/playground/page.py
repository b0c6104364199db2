"""The playground: a form drawn from a model's compiled schema. Calls go from the browser to the gateway, with a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from arena.images.handover import store_image
from arena.images.imaging import EncodedImage
from arena.images.intake.refusals import DecoderBroken, ImageRefused
from arena.images.intake.take_in import take_in
from arena.models import Competition, Entry
from lumenboard.facts.request_code import request_code
from lumenboard.facts.texts import OPERATIONS
from lumenboard.facts.types import CodeExample, Site
from lumenboard.pages.operator.base import for_staff_with
from providers.adapters.capabilities import sends_base64
from providers.catalogue.rows import read_sheets
from providers.models import GatewayRequest, ImageModel, Intent
from providers.names import LONGEST_PROMPT, prompt_problem
from providers.plain_values import LARGEST, decimal_number, whole_number
from providers.planning.schema.compile import ParameterFacts, ParameterGroup, compile_schema
from providers.requests.request_log import find_request
from providers.sheet import TEXT_TO_IMAGE, EndpointSheet, Json, ModelSheet

TITLE_LENGTH: Final = 60


class CannotSend(ValueError):
    """Says what is missing."""


def send_to_draft(public_ids: Sequence[str], prompt: str, mode: str) -> Competition:
    """A draft with one entry for each request, its first picture. Raises CannotSend, and then nothing is written."""
    if mode != TEXT_TO_IMAGE:
        raise CannotSend("mode: edits need their source picture; make the competition at /ops/competitions/new")
    if not prompt.strip():
        raise CannotSend("prompt: it is needed")
    if problem := prompt_problem(prompt):
        raise CannotSend(f"prompt: it {problem}")
    rows = [_finished(public_id) for public_id in dict.fromkeys(public_ids)]
    if len({row.model_id for row in rows}) < 2:
        raise CannotSend("models: a vote needs pictures of two different models")
    taken = [(row, *_picture(row)) for row in rows]
    with transaction.atomic():
        made = Competition.objects.create(
            title=" ".join(prompt.split())[:TITLE_LENGTH], mode=mode, prompt=prompt, status="draft"
        )
        for row, intent, picture in taken:
            assert row.model is not None
            Entry.objects.create(
                competition=made,
                model=row.model,
                endpoint_id=intent.endpoint_id,
                image=store_image(picture),
                cost_usd=intent.cost_usd,
                generation_ms=intent.total_ms,
                generated_at=row.finished_at,
                simulated=intent.simulated,
            )
    return made


def _finished(public_id: str) -> GatewayRequest:
    row = find_request(public_id)
    if row is None or row.status != "completed" or row.model is None:
        raise CannotSend(f"requests: {public_id[:60]!r} is not a finished request")
    return row


def _picture(row: GatewayRequest) -> tuple[Intent, EncodedImage]:
    intent = Intent.objects.filter(request_id=row.uuid, source="gateway", state="done").order_by("id").first()
    if intent is None or not intent.results:
        raise CannotSend(f"requests: {row.public_id} has no picture")
    try:
        with default_storage.open(intent.results[0]["name"], "rb") as stored:
            return intent, take_in(stored.read(settings.MAX_UPLOAD_BYTES + 1), settings.MAX_UPLOAD_BYTES)
    except FileNotFoundError:
        raise CannotSend(f"requests: the picture of {row.public_id} is no longer kept") from None
    except (ImageRefused, DecoderBroken) as error:
        raise CannotSend(f"requests: the picture of {row.public_id} cannot be used: {error}") from None


# What the page decides itself: it asks for the bytes, which its policy lets it show.
OWN: Final = frozenset({"response_format"})


@dataclass(frozen=True)
class Field:
    """A parameter as a control: `kind` is text, choice, file, number or line."""

    name: str
    type: str
    kind: str
    description: str
    values: tuple[Json, ...]
    default: Json
    is_required: bool
    only_via: str
    minimum: int | None
    maximum: int | None


@require_safe
@never_cache
def playground(request: HttpRequest) -> HttpResponse:
    """Open to everyone; what costs money needs a key."""
    choices = _choices()
    slug = request.GET.get("model", "")[:120]
    if not slug:
        return render(request, "playground/page.html", {"choices": choices})
    sheet = _sheet(slug)
    modes = _modes(sheet)
    mode = request.GET.get("mode") if request.GET.get("mode") in modes else modes[0]
    assert mode is not None
    endpoints = _serving(sheet, mode)
    context = {
        "choices": choices,
        "others": [one for one in choices if one[0] != sheet.slug],
        "model": sheet,
        "mode": mode,
        "modes": modes,
        "operation": f"/openai{OPERATIONS[mode]}",
        "endpoints": [{"provider": one.provider, "target": f"{one.provider.slug}/{sheet.slug}"} for one in endpoints],
        "groups": _groups(compile_schema(sheet.parameters, endpoints), mode),
        "examples": _examples(sheet, mode, {"prompt": ""}),
        "may_send": request.user.is_staff and request.user.has_perm("arena.add_competition"),
    }
    return render(request, "playground/page.html", context)


@require_safe
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """The form as code; the key is no field of it."""
    sheet = _sheet(request.GET.get("model", "")[:120])
    mode = request.GET.get("mode", "")
    if mode not in OPERATIONS:
        raise Http404("There is no such mode.")
    known = {
        one.name: one for group in compile_schema(sheet.parameters, _serving(sheet, mode)) for one in group.parameters
    }
    fields = _typed(request.GET, known)
    examples = _examples(sheet, mode, fields)
    return render(request, "components/code_tabs.html", {"id": "request", "label": "Request", "examples": examples})


@require_POST
@for_staff_with("arena.add_competition")
def send(request: HttpRequest) -> HttpResponse:
    """Pictures of finished requests as entries of a draft competition."""
    asked = request.POST.get("requests", "").split()[:10]
    try:
        made = send_to_draft(asked, request.POST.get("prompt", ""), request.POST.get("mode", ""))
    except CannotSend as error:
        messages.error(request, f"Not sent: {error}.")
        return HttpResponseRedirect("/playground", status=303)
    messages.success(request, "A draft with these pictures. Open it when people may vote.")
    return HttpResponseRedirect(f"/ops/competitions/{made.public_id}", status=303)


def _choices() -> list[tuple[str, str]]:
    served = ImageModel.objects.filter(endpoints__is_enabled=True).distinct().order_by("name")
    return list(served.values_list("slug", "name"))


def _sheet(slug: str) -> ModelSheet:
    sheet = read_sheets([slug]).get(slug)
    if sheet is None or not _modes(sheet):
        raise Http404("There is no such model, or nobody serves it.")
    return sheet


def _modes(sheet: ModelSheet) -> list[str]:
    return [mode for mode in OPERATIONS if _serving(sheet, mode)]


def _serving(sheet: ModelSheet, mode: str) -> list[EndpointSheet]:
    return [one for one in sheet.endpoints if one.is_enabled and mode in one.modes]


def _groups(groups: tuple[ParameterGroup, ...], mode: str) -> list[dict[str, Any]]:
    drawn = [
        {
            "slug": group.slug,
            "label": group.label,
            "fields": [
                _field(one, mode)
                for one in group.parameters
                if mode in one.modes and one.name not in OWN and one.type not in {"object", "array"}
            ],
        }
        for group in groups
    ]
    return [group for group in drawn if group["fields"]]


def _field(one: ParameterFacts, mode: str) -> Field:
    kind = "text" if one.name == "prompt" else "choice" if one.values or one.type == "boolean" else "line"
    if kind == "line":
        kind = {"file": "file", "integer": "number", "number": "number"}.get(one.type, "line")
    values = one.values or (("true", "false") if one.type == "boolean" else ())
    needed = mode in one.required_modes
    return Field(
        one.name, one.type, kind, one.description, values, one.default, needed, one.only_via, one.minimum, one.maximum
    )


def _typed(given: QueryDict, known: dict[str, ParameterFacts]) -> dict[str, str | int | float | bool]:
    found: dict[str, str | int | float | bool] = {"prompt": given.get("prompt", "")[:LONGEST_PROMPT]}
    for name, text in given.items():
        if name in known and name not in OWN and isinstance(text, str) and text and name != "prompt":
            found[name] = _value(text[:2000], known[name].type)
    return found


def _value(text: str, kind: str) -> str | int | float | bool:
    if kind == "boolean":
        return text.lower() == "true"
    if kind == "integer":
        whole = whole_number(text, -LARGEST)
        return text if whole is None else whole
    number = decimal_number(text) if kind == "number" else None
    return text if number is None or abs(number) > LARGEST else float(number)


def _examples(sheet: ModelSheet, mode: str, fields: dict[str, Any]) -> tuple[CodeExample, ...]:
    site = Site(name=settings.SITE_NAME, url=settings.SITE_URL)
    names = (sheet.slug, *sheet.aliases, *(endpoint.provider_model_id for endpoint in sheet.endpoints))
    return request_code(site, mode, {"model": sheet.slug, **fields}, as_base64=sends_base64(names))
