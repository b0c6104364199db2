"""Sends an intent that waits, from its row alone. Of many who try, one sends it; running it twice charges nothing."""

import asyncio
from decimal import Decimal

from django.core.files.storage import default_storage

from providers.accounts.reading import NoAccess, access_for
from providers.dispatch.call_spec import CallOutcome, CallRefused, CallSpec, Source
from providers.dispatch.dispatcher import open_dispatcher
from providers.dispatch.order_record import order_from_record
from providers.models import Intent
from providers.pricing import Cost, UnknownCost, quote_from_record


class NotFromHere(Exception):
    """This process cannot drive it: no key, an account that has changed, or a picture that lies elsewhere."""


def run_intent(intent_id: int) -> CallOutcome:
    """What became of it; CallRefused when it was not its turn. Raises NotFromHere, Intent.DoesNotExist."""
    intent = Intent.objects.select_related("endpoint", "provider").get(pk=intent_id)
    if intent.state != "reserved":
        return CallRefused(reason="taken", detail=intent.endpoint_key)
    if not intent.order.get("is_whole"):
        raise NotFromHere("its row does not hold the whole order")
    return asyncio.run(_run(call_spec_from(intent, sends=True)))


def call_spec_from(intent: Intent, *, sends: bool) -> CallSpec:
    """What its row says, with the key of now. `sends` reads the pictures that go along. Raises NotFromHere."""
    if intent.provider is None or intent.endpoint is None:
        raise NotFromHere(f"the endpoint {intent.endpoint_key} is gone")
    try:
        access = access_for(intent.provider)
    except NoAccess as error:
        raise NotFromHere(str(error)) from None
    if access.simulated != intent.simulated:
        raise NotFromHere("its provider was simulated when the money was set aside" if intent.simulated else "no key")
    deadline_s = (intent.deadline_at - (intent.submitting_at or intent.lease_until)).total_seconds()
    return CallSpec(
        endpoint_id=intent.endpoint.pk,
        endpoint_key=intent.endpoint_key,
        access=access,
        order=order_from_record(intent.order, _read if sends else None),
        source=_source(intent),
        cost=_cost(intent),
        worst_case_usd=intent.reserved_usd,
        quote=quote_from_record(intent.order.get("quote")),
        deadline_s=max(1.0, deadline_s),
        attempt=intent.attempt,
        request_id=intent.request_id,
        intent_uuid=intent.uuid,
    )


def _cost(intent: Intent) -> Cost | UnknownCost:
    if intent.cost_basis == "price":
        return Cost(total_usd=Decimal(intent.reserved_usd), parts=())
    return UnknownCost("its worst case was set aside")


def _source(intent: Intent) -> Source:
    sources: dict[str, Source] = {"gateway": "gateway", "scheduled": "scheduled", "probe": "probe"}
    return sources[intent.source]


def _read(name: str) -> bytes:
    try:
        with default_storage.open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise NotFromHere(f"the picture {name} is not here") from None


async def _run(spec: CallSpec) -> CallOutcome:
    async with open_dispatcher(connections_at_most=2) as dispatcher:
        return await dispatcher.run_reserved(spec)
