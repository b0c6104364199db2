"""Tests the connection to a provider, at no cost."""

import asyncio

from providers.accounts.reading import NoAccess, access_for
from providers.adapters.registry import adapter_for
from providers.dispatch.connection import ConnectionCheck, check_connection
from providers.models import Provider


def check_account(provider: Provider) -> ConnectionCheck:
    """Whether the provider can be reached and knows the key that calls would use now."""
    try:
        access = access_for(provider)
    except NoAccess as error:
        return ConnectionCheck(False, f"Nothing was sent: {error}.")
    tried = asyncio.run(check_connection(access, adapter_for(access.protocol)))
    return ConnectionCheck(
        tried.ok, f"{tried.message} This was the simulator." if access.simulated else tried.message, tried.took_ms
    )
