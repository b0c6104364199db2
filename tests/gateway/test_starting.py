"""Requests that reach a process in its first moment."""

import asyncio

import httpx2
import pytest

from lumenboard.gateway.application import Gateway
from providers.accounts.api_keys import create_api_key
from tests.gateway.client import Client, Providers, Told

pytestmark = pytest.mark.usefixtures("shared_database")


def test_they_wait_until_the_catalogue_has_been_read() -> None:
    made = create_api_key("early")

    async def ask_at_once() -> Told:
        gateway = Gateway(transport=httpx2.MockTransport(Providers()))
        await gateway.open()
        try:
            return await Client(gateway, made.text).call("GET", "/openai/v1/models")
        finally:
            await gateway.close()

    assert asyncio.run(ask_at_once()).status == 200
