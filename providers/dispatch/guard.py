"""Connections judged by the address they end at, so that no name, redirect or late answer of a DNS leads inside."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any, Final, SupportsIndex

import httpcore2
import httpx2

from providers.dispatch.addresses import Address
from providers.dispatch.faults import ForbiddenAddress

READ_AHEAD: Final = 1 << 18
Judge = Callable[[Address], bool]
Resolver = Callable[[str, int], Awaitable[list[Address]]]


class Reader(asyncio.StreamReader):
    """Counts what has come, so that bytes between two answers are noticed."""

    came = 0
    has_ended = False
    fault: Exception | None = None

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        self.came += len(data)  # type: ignore[arg-type]  # transports give bytes, whatever the stubs say
        super().feed_data(data)

    def feed_eof(self) -> None:
        self.has_ended = True
        super().feed_eof()

    def set_exception(self, exc: Exception) -> None:
        # Whoever reads gets what had come before it: an answer may be whole already.
        self.fault = exc
        self.feed_eof()


class Stream(httpcore2.AsyncNetworkStream):
    """A connection of the event loop itself, with less between it and the caller than the usual one has."""

    def __init__(self, reader: Reader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._taken = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                piece = await self._reader.read(max_bytes)
        except TimeoutError:
            raise httpcore2.ReadTimeout("nothing came") from None
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error
        if not piece and self._reader.fault is not None:
            raise httpcore2.ReadError(str(self._reader.fault)) from self._reader.fault
        self._taken += len(piece)
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        try:
            self._writer.write(buffer)
            async with asyncio.timeout(timeout):
                await self._writer.drain()
        except TimeoutError:
            raise httpcore2.WriteTimeout("nothing was taken") from None
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    async def aclose(self) -> None:
        # what has not been taken by now is wanted no more
        self._writer.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except TimeoutError:
            await self.aclose()
            raise httpcore2.ConnectTimeout("no TLS in time") from None
        except OSError as error:
            await self.aclose()
            raise httpcore2.ConnectError(str(error)) from error
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            # asked of a connection at rest: what is left or comes now belongs to no request
            reader = self._reader
            return reader.came > self._taken or reader.has_ended
        return self._writer.get_extra_info("ssl_object") if info == "ssl_object" else None


class Dialler(httpcore2.AsyncNetworkBackend):
    """To one address."""

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
                return await self._connected(host, port)
        except TimeoutError:
            raise httpcore2.ConnectTimeout("no connection in time") from None
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error

    async def _connected(self, host: str, port: int) -> Stream:
        loop = asyncio.get_running_loop()
        reader = Reader(limit=READ_AHEAD, loop=loop)
        transport, protocol = await loop.create_connection(
            lambda: asyncio.StreamReaderProtocol(reader, loop=loop), host, port
        )
        return Stream(reader, asyncio.StreamWriter(transport, protocol, reader, loop))


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves names itself, refuses a name with any address the judge refuses, and dials the address it has judged."""

    def __init__(
        self, judge: Judge, resolver: Resolver | None = None, dialler: httpcore2.AsyncNetworkBackend | None = None
    ) -> None:
        self._judge = judge
        self._resolve = resolver or resolve
        self._dialler = dialler or Dialler()

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
