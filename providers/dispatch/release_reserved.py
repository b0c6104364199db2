"""Gives back the money of calls that will not be sent; one that is being sent ends by itself."""

import asyncio
import uuid
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final

from providers.dispatch.ledger import open_ledger
from providers.dispatch.ledger_values import Effect, Ending
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


def release_reserved(intent_ids: Sequence[int]) -> set[int]:
    """Those that nobody had sent: their money is free again. The others are being sent at this moment."""
    return asyncio.run(_release(intent_ids))


def release_unsent(intent_uuids: Collection[uuid.UUID]) -> None:
    """The same for calls whose pictures were deleted, as far as there are such calls."""
    unsent = list(Intent.objects.filter(uuid__in=intent_uuids, state="reserved").values_list("pk", flat=True))
    if unsent:
        release_reserved(unsent)


async def _release(intent_ids: Sequence[int]) -> set[int]:
    async with open_ledger(connections_at_most=2) as ledger:
        return {pk for pk in intent_ids if await ledger.finish(pk, RELEASED, from_states=("reserved",))}
