"""One message to an address the operator entered. Private networks only where the settings allow them."""

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx2
from django.conf import settings

from providers.adapters.wire import ProviderRequest
from providers.dispatch.faults import ForbiddenAddress, NotAllowed
from providers.dispatch.wire import open_wire

WITHIN_S: Final = 20.0


def post_message(
    url: str, headers: Mapping[str, str], body: bytes, transport: httpx2.AsyncBaseTransport | None = None
) -> int:
    """The status it was answered with; redirects are not followed. Raises DispatchFault where there was no answer."""
    return asyncio.run(_post(url, headers, body, transport))


async def _post(url: str, headers: Mapping[str, str], body: bytes, transport: httpx2.AsyncBaseTransport | None) -> int:
    named = {"Content-Type": "application/json", **headers}
    request = ProviderRequest(
        method="POST", url=url, headers=tuple(named.items()), content=body, read_timeout_s=WITHIN_S
    )
    async with open_wire(transport) as wire:
        try:
            return await wire.notify(request, private_allowed=settings.PRIVATE_RECEIVERS, within_s=WITHIN_S)
        except ForbiddenAddress as fault:
            hint = "" if settings.PRIVATE_RECEIVERS else "; LUMENBOARD_PRIVATE_RECEIVERS allows private networks"
            raise NotAllowed(fault.kind, fault.message + hint) from None
