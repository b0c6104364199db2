"""Brings every intent whose driver fell silent to its end: released, unknown, or followed to its pictures.

Nothing here makes a paid call.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone
from psycopg import DatabaseError

from providers.dispatch.call_spec import CallSpec
from providers.dispatch.dispatcher import Dispatcher, Unfinished, open_dispatcher
from providers.dispatch.faults import LedgerFault
from providers.dispatch.ledger_values import Effect, Ending, unknown_ending
from providers.dispatch.run_intent import NotFromHere, call_spec_from
from providers.models import Intent

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 100
# So long a worker without the account leaves a row to those that have it; then it ends without its picture.
PATIENCE: Final = timedelta(minutes=3)
Opening = Callable[[], AbstractAsyncContextManager[Dispatcher]]
NO_EFFECT: Final = Effect(verb="none")


@dataclass(frozen=True, kw_only=True)
class Reaped:
    """How many were given back unsent, are unknown, were brought to their end, and were left to others."""

    released: int = 0
    unknown: int = 0
    resumed: int = 0
    left: int = 0


def reap_intents(open_with: Opening = open_dispatcher) -> Reaped:
    """Everything overdue at this moment, a hundred rows of each kind at most."""
    return asyncio.run(
        _reap(open_with, _overdue("reserved"), _overdue("submitting"), _prepared(_overdue("submitted", "fetched")))
    )


def _overdue(*states: str) -> list[Intent]:
    rows = Intent.objects.filter(state__in=states, lease_until__lt=timezone.now()).order_by("lease_until")
    return list(rows.select_related("endpoint", "provider")[:MOST_AT_ONCE])


def _prepared(rows: Sequence[Intent]) -> list[tuple[Intent, CallSpec | None]]:
    """With what is needed to follow each; None where this process has no access to its provider."""
    prepared: list[tuple[Intent, CallSpec | None]] = []
    for row in rows:
        try:
            prepared.append((row, call_spec_from(row, sends=False)))
        except NotFromHere as error:
            log.warning("intent %s cannot be followed from here: %s", row.uuid, error)
            prepared.append((row, None))
    return prepared


async def _reap(
    open_with: Opening, reserved: list[Intent], submitting: list[Intent], running: list[tuple[Intent, CallSpec | None]]
) -> Reaped:
    async with open_with() as dispatcher:
        released = [await _release(dispatcher, row) for row in reserved]
        unknown = [await _give_up(dispatcher, row) for row in submitting]
        resumed = await asyncio.gather(*(_resume(dispatcher, row, spec) for row, spec in running))
    return Reaped(
        released=sum(released),
        unknown=sum(unknown),
        resumed=sum(one is True for one in resumed),
        left=sum(one is None for one in resumed),
    )


async def _release(dispatcher: Dispatcher, row: Intent) -> bool:
    ending = _unsampled("it waited too long for its turn", Decimal(0))
    return await dispatcher.ledger.finish(row.pk, ending, from_states=("reserved",), only_overdue=True)


async def _give_up(dispatcher: Dispatcher, row: Intent) -> bool:
    """Its driver died between the commit before the call and the one after it: nobody knows whether it was sent."""
    message = "whoever made the call stopped before its answer was written down"
    ending = unknown_ending(row.reserved_usd, "gateway", message, None)
    return await dispatcher.ledger.finish(row.pk, ending, from_states=("submitting",), only_overdue=True)


async def _resume(dispatcher: Dispatcher, row: Intent, spec: CallSpec | None) -> bool | None:
    """True when it was brought to its end, False when someone else has it, None when it is left for later."""
    if spec is None:
        return await _without_access(dispatcher, row)
    state = Unfinished(row.pk, row.state, row.poll, row.answer, row.results)
    try:
        return await dispatcher.resume(spec, state) is not None
    except LedgerFault:
        return False
    except (OSError, DatabaseError):
        log.exception("intent %s could not be finished this time", row.uuid)
        return None


async def _without_access(dispatcher: Dispatcher, row: Intent) -> bool | None:
    if timezone.now() < row.lease_until + PATIENCE:
        return None
    ending = _unsampled("the provider could not be asked for its result any more", row.reserved_usd)
    return await dispatcher.ledger.finish(row.pk, ending, from_states=("submitted", "fetched"), only_overdue=True)


def _unsampled(message: str, cost: Decimal) -> Ending:
    """Our own fault: it says nothing of the provider."""
    return Ending(
        state="failed",
        cost_usd=cost,
        cost_basis="assumed" if cost else "nothing",
        sample_status="gateway",
        effect=NO_EFFECT,
        kind="gateway",
        message=message,
    )
