"""Connections judged by the address they end at, so that no name, redirect or late answer of a DNS leads inside."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any

import httpcore2
import httpx2

from providers.dispatch.addresses import Address
from providers.dispatch.faults import ForbiddenAddress

Judge = Callable[[Address], bool]
Resolver = Callable[[str, int], Awaitable[list[Address]]]


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves names itself, refuses a name with any address the judge refuses, and dials the address it has judged."""

    def __init__(
        self, judge: Judge, resolver: Resolver | None = None, dialler: httpcore2.AsyncNetworkBackend | None = None
    ) -> None:
        self._judge = judge
        self._resolve = resolver or resolve
        self._dialler = dialler or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore2.ConnectTimeout(f"{host} was not resolved in time") from None
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError(f"{host} has no address") from None
        if not addresses or not all(self._judge(address) for address in addresses):
            raise ForbiddenAddress(host)
        return await self._dial(addresses, port, timeout, socket_options)

    async def _dial(
        self, addresses: list[Address], port: int, timeout: float | None, socket_options: Iterable[Any] | None
    ) -> httpcore2.AsyncNetworkStream:
        refusal: Exception = httpcore2.ConnectError("no address")
        for address in addresses:
            try:
                return await self._dialler.connect_tcp(str(address), port, timeout, None, socket_options)
            except httpcore2.ConnectError as error:
                refusal = error
        raise refusal

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        raise ForbiddenAddress(path)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def resolve(host: str, port: int) -> list[Address]:
    """Every address of a host, in the order the system prefers. Raises OSError, UnicodeError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """The usual transport over guarded connections: no proxy, no retry, no environment."""

    def __init__(self, judge: Judge, limits: httpx2.Limits, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False, limits=limits, retries=0)
        # The transport has no argument for the backend; its pool has.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            retries=0,
            network_backend=GuardedBackend(judge),
        )
