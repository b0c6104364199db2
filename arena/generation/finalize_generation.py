"""Takes in what became of a picture's intent: an entry where there is a picture, the reason where there is none."""

import logging
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from arena.images.handover import store_image
from arena.images.imaging import EncodedImage
from arena.images.intake.refusals import ImageRefused
from arena.images.intake.take_in import take_in
from arena.models import Entry, Generation, Run
from arena.parity.entries import enter_parity
from providers.models import Intent


def finish_run(run_id: int) -> bool:
    """Whether it ended now. A run that was cancelled stays so; its last pictures may end after it."""
    waiting = Generation.objects.filter(run=OuterRef("pk"), status="waiting")
    running = Run.objects.filter(~Exists(waiting), pk=run_id, state="running")
    return bool(running.update(state="done", finished_at=timezone.now()))


log = logging.getLogger(__name__)
OVER: Final = "over"
FINAL: Final = {"done", "failed", "unknown"}
KINDS: Final = {
    "client": "the provider refused the request",
    "moderation": "the provider's moderation refused it",
    "rate_limit": "the provider's rate limit was reached",
    "billing": "the provider refused payment",
    "upstream": "the provider failed",
    "timeout": "the provider did not answer in time",
    "gateway": "it was not sent",
}


def finalize_generation(generation_id: int) -> str:
    """The status afterwards: `waiting` while its intent is under way, or where its picture is not within reach here.

    `over` where it was deleted meanwhile, with its competition.
    """
    generation = (
        Generation.objects.select_related("intent", "endpoint", "run__schedule__competition")
        .filter(pk=generation_id)
        .first()
    )
    intent = generation.intent if generation else None
    if generation is None or generation.status != "waiting" or intent is None or intent.state not in FINAL:
        return generation.status if generation else OVER
    if intent.state != "done":
        return _end(generation, "unknown" if intent.state == "unknown" else "failed", failure_reason(intent))
    if generation.run.schedule.competition_id is None:
        return _end(generation, "done")
    try:
        picture = _take_in(intent)
    except FileNotFoundError:
        log.warning("generation %s is left to another worker: its picture is not here", generation_id)
        return "waiting"
    except ImageRefused as refused:
        return _end(generation, "failed", f"the provider's picture was refused: {refused}")
    return _enter(generation, intent, picture)


def fail_generation(generation_id: int, reason: str) -> str:
    """End it before anything was sent; `over` where it is deleted."""
    generation = Generation.objects.filter(pk=generation_id).first()
    return _end(generation, "failed", reason) if generation else OVER


def failure_reason(intent: Intent) -> str:
    """Why there is no picture, in words."""
    kind = KINDS.get(intent.failure_kind, "it failed")
    reason = f"{kind}: {intent.failure_message}" if intent.failure_message else kind
    return f"{reason} (it may have been charged and counts as spent)" if intent.cost_usd else reason


def _take_in(intent: Intent) -> EncodedImage:
    with default_storage.open(intent.results[0]["name"], "rb") as file:
        return take_in(file.read(), settings.MAX_UPLOAD_BYTES)


def _end(generation: Generation, status: str, error: str = "") -> str:
    ended = Generation.objects.filter(pk=generation.pk, status="waiting")
    if ended.update(status=status, error=error[:2000], finished_at=timezone.now()):
        finish_run(generation.run_id)
        return status
    return status_of(generation.pk)


def status_of(generation_id: int) -> str:
    """As the table has it now; `over` where it is deleted."""
    return Generation.objects.filter(pk=generation_id).values_list("status", flat=True).first() or OVER


def _enter(generation: Generation, intent: Intent, picture: EncodedImage) -> str:
    with transaction.atomic():
        locked = Generation.objects.select_for_update().filter(pk=generation.pk).first()
        if locked is None or locked.status != "waiting":
            return locked.status if locked else OVER
        image = store_image(picture)
        if generation.run.schedule.kind == "parity":
            enter_parity(generation, image, _parity_provenance(generation, intent))
        else:
            locked.entry = Entry.objects.create(image=image, **_provenance(generation, intent))
        locked.status, locked.finished_at = "done", timezone.now()
        locked.save(update_fields=["entry", "status", "finished_at"])
    finish_run(generation.run_id)
    return "done"


def _size_of(generation: Generation, intent: Intent) -> str:
    """What the endpoint was asked for, which is what the model gives; where it was asked in words, what we asked."""
    width_px, height_px = intent.order.get("size") or (generation.width_px, generation.height_px)
    return f"{width_px}x{height_px}"


def _provenance(generation: Generation, intent: Intent) -> dict[str, Any]:
    schedule, seed = generation.run.schedule, _answered_seed(intent)
    return {
        "competition_id": schedule.competition_id,
        "model_id": generation.model_id,
        "endpoint_id": generation.endpoint_id,
        "parameters": {**schedule.parameters, "size": _size_of(generation, intent)},
        "seed": generation.seed if seed is None else seed,
        **_call(generation, intent),
    }


def _parity_provenance(generation: Generation, intent: Intent) -> dict[str, Any]:
    return {"answered_seed": _answered_seed(intent), **_call(generation, intent)}


def _answered_seed(intent: Intent) -> int | None:
    seed = intent.answer.get("seed")
    return seed if isinstance(seed, int) else None


def _call(generation: Generation, intent: Intent) -> dict[str, Any]:
    return {
        "cost_usd": intent.cost_usd,
        "generation_ms": intent.total_ms,
        "generated_at": intent.fetched_at,
        "simulated": intent.simulated,
        "status": generation.run.schedule.entry_status,
    }
