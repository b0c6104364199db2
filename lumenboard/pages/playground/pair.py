"""Pictures that the gateway has just answered with, as entries of a draft competition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from arena.images.imaging import EncodedImage
from arena.images.intake.refusals import DecoderBroken, ImageRefused
from arena.images.intake.take_in import take_in
from arena.images.store_image import store_image
from arena.models import Competition, Entry
from providers.models import GatewayRequest, Intent
from providers.modes import TEXT_TO_IMAGE
from providers.prompts import prompt_problem
from providers.requests.request_log import find_request

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
