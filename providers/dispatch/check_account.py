"""Tests the connection to a provider, at no cost."""

import asyncio

from providers.accounts.reading import NoAccess, account_of
from providers.adapters.registry import adapter_for
from providers.dispatch.connection import Tried, try_connection
from providers.models import Provider


def check_account(provider: Provider) -> Tried:
    """Whether the provider can be reached and knows the key that calls would use now."""
    try:
        access = account_of(provider)
    except NoAccess as error:
        return Tried(False, f"Nothing was sent: {error}.")
    tried = asyncio.run(try_connection(access, adapter_for(access.protocol)))
    return Tried(
        tried.ok, f"{tried.message} This was the simulator." if access.simulated else tried.message, tried.took_ms
    )
