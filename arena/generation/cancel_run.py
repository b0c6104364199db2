"""Stops a run: what was not sent is given back, what is under way ends by itself and is taken in."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from arena.models import Generation, Run
from arena.models.schedules import OPEN_RUNS
from providers.dispatch.breaker import Effect
from providers.dispatch.ledger import Ending, open_ledger
from providers.models import Intent

RELEASED: Final = Ending(
    state="failed",
    cost_usd=Decimal(0),
    cost_basis="nothing",
    sample_status="gateway",
    effect=Effect(verb="none"),
    kind="gateway",
    message="cancelled before it was sent",
)


class RunOver(ValueError):
    """It has ended before."""


def cancel_run(run_id: int, *, actor: User | None) -> int:
    """How many pictures will not be made. Raises RunOver."""
    now = timezone.now()
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.state not in OPEN_RUNS:
            raise RunOver("the run has ended before")
        run.state, run.cancelled_at, run.cancelled_by, run.finished_at = "cancelled", now, actor, now
        run.save()
        sent = Intent.objects.filter(uuid=OuterRef("intent_uuid")).exclude(state="reserved")
        unsent = list(run.generations.filter(~Exists(sent), status="waiting").values_list("pk", flat=True))
        waiting = Generation.objects.filter(pk__in=unsent, status="waiting")
        stopped = waiting.update(status="cancelled", finished_at=now)
    return stopped - len(release_cancelled(unsent))


def release_cancelled(generation_ids: Sequence[int]) -> list[int]:
    """Frees what the cancelled among them hold reserved; ids of those that were sent at that moment and go on."""
    cancelled = Generation.objects.filter(pk__in=generation_ids, status="cancelled")
    held = Intent.objects.filter(uuid__in=cancelled.values("intent_uuid"))
    intents = dict(held.exclude(state="failed").values_list("uuid", "pk"))
    if not intents:
        return []
    released = asyncio.run(_release(list(intents.values())))
    going_on = [uuid for uuid, pk in intents.items() if pk not in released]
    sent = list(Generation.objects.filter(intent_uuid__in=going_on).values_list("pk", flat=True))
    Generation.objects.filter(pk__in=sent, status="cancelled").update(status="waiting", finished_at=None)
    return sent


async def _release(intent_ids: Sequence[int]) -> set[int]:
    """Those that nobody had sent: their money is free again. The others are being sent at this moment."""
    async with open_ledger(connections_at_most=2) as ledger:
        return {one for one in intent_ids if await ledger.finish(one, RELEASED, from_states=("reserved",))}
