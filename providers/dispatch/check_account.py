"""Tests the connection to a provider, at no cost."""

import asyncio
from dataclasses import dataclass
from typing import Final

import httpx2

from providers.accounts.access import ProviderAccess
from providers.accounts.reading import NoAccess, access_for
from providers.dispatch.faults import DispatchFault
from providers.dispatch.follow import own_origins_for
from providers.dispatch.wire import open_wire
from providers.models import Provider

PATIENCE_S: Final = 10.0


@dataclass(frozen=True)
class ConnectionCheck:
    """What came of it, in words that contain no key. `took_ms` is None where nothing could be asked."""

    ok: bool
    message: str
    took_ms: int | None = None


async def check_connection(
    access: ProviderAccess, transport: httpx2.AsyncBaseTransport | None = None
) -> ConnectionCheck:
    """Never raises for what a provider or a network does."""
    request = access.adapter.test_connection(access.account)
    if request is None:
        return ConnectionCheck(True, "Its protocol has no request that costs nothing, so nothing was sent.")
    origins = own_origins_for(access.adapter, access.account, request.url)
    async with open_wire(transport) as wire:
        try:
            exchange = await wire.send(request, own_origins=origins, within_s=PATIENCE_S)
        except DispatchFault as fault:
            return ConnectionCheck(False, f"It could not be reached: {fault.message}.")
    took_ms = round((exchange.last_byte_at - exchange.sent_at) * 1000)
    status = exchange.answer.status
    if status in {401, 403}:
        return ConnectionCheck(False, f"It refused the key (status {status}).", took_ms)
    if status == 429 or status >= 500:
        return ConnectionCheck(False, f"It answered with status {status}; try again later.", took_ms)
    return ConnectionCheck(True, f"It knows the key (status {status}, {took_ms} ms).", took_ms)


def check_account(provider: Provider) -> ConnectionCheck:
    """Whether the provider can be reached and knows the key that calls would use now."""
    try:
        access = access_for(provider)
    except NoAccess as error:
        return ConnectionCheck(False, f"Nothing was sent: {error}.")
    tried = asyncio.run(check_connection(access))
    return ConnectionCheck(
        tried.ok, f"{tried.message} This was the simulator." if access.simulated else tried.message, tried.took_ms
    )
