"""One signed message to an address the operator configured: private networks too, never link-local or metadata ones."""

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx2

from providers.adapters.wire import ProviderRequest
from providers.dispatch.wire import open_wire, origin_of

WITHIN_S: Final = 20.0


def post_message(
    url: str, headers: Mapping[str, str], body: bytes, transport: httpx2.AsyncBaseTransport | None = None
) -> int:
    """The status it was answered with; redirects are not followed. Raises DispatchFault where there was no answer."""
    return asyncio.run(_post(url, headers, body, transport))


async def _post(url: str, headers: Mapping[str, str], body: bytes, transport: httpx2.AsyncBaseTransport | None) -> int:
    named = {"Content-Type": "application/json", **headers}
    request = ProviderRequest(method="POST", url=url, headers=tuple(named.items()), content=body)
    async with open_wire(transport) as wire:
        exchange = await wire.send(request, own_origins=frozenset({origin_of(url)}), within_s=WITHIN_S)
    return exchange.answer.status
