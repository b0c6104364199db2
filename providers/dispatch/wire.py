"""Sends one HTTP request and reads its answer whole, within limits of time and size. Repeats nothing.

An origin the operator configured may lie anywhere; every other is checked at connect, and gets no key.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final
from urllib.parse import urljoin

import httpx2

from providers.adapters.wire import ProviderAnswer, ProviderRequest
from providers.dispatch.addresses import is_operators, is_public
from providers.dispatch.faults import AnswerLost, DispatchFault, NotAllowed, NotSent, Unusable
from providers.dispatch.guard import GuardedTransport

CONNECT_S: Final = 5.0
LARGEST_ANSWER: Final = 96 * 2**20
LARGEST_PICTURE: Final = 48 * 2**20
MOST_REDIRECTS: Final = 3
LIMITS: Final = httpx2.Limits(max_connections=400, max_keepalive_connections=60, keepalive_expiry=20.0)
OnPiece = Callable[[bytes], None] | None
USUAL_HEADERS: Final = {
    "accept": "*/*",
    "accept-encoding": "gzip, deflate",
    "connection": "keep-alive",
    "user-agent": "lumenboard/0.1",
}
UNSENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """An answer and when its bytes moved, in seconds of the monotonic clock. Cut error pages are not whole."""

    answer: ProviderAnswer
    sent_at: float
    first_byte_at: float
    last_byte_at: float
    is_whole: bool = True


@dataclass
class _Watch:
    """When the first byte left; None as long as none has, or where nothing tells, as with a stand-in transport."""

    sent_at: float | None = None
    is_connecting: bool = False
    on_piece: OnPiece = None

    async def __call__(self, event: str, info: Any) -> None:
        self.is_connecting = self.is_connecting or event.startswith("connection.")
        if self.sent_at is None and event.endswith("send_request_headers.started"):
            self.sent_at = time.monotonic()


@dataclass(frozen=True)
class Wire:
    """Two transports: one to origins of the operator's choosing, one to whatever links lead to.

    A client over them would add nothing that is wanted here: no cookies, no redirects, no settings of the environment.
    """

    own: httpx2.AsyncBaseTransport = field(repr=False)
    foreign: httpx2.AsyncBaseTransport = field(repr=False)

    async def send(
        self,
        request: ProviderRequest,
        *,
        own_origins: frozenset[str],
        within_s: float,
        on_piece: OnPiece = None,
        **headers: str,
    ) -> Exchange:
        """One request, once, to an origin of the account; `on_piece` hears a success as it comes.

        Raises NotSent, AnswerLost.
        """
        if not is_own(request.url, own_origins):
            where = origin_of(request.url) or "no address"
            raise NotAllowed("upstream", f"the provider points to {where}, which is not its own")
        named = {**dict(request.headers), **headers}
        if request.authorization:
            named[request.key_header] = request.authorization
        built = _request(request.method, request.url, named, request.content, min(request.read_timeout_s, within_s))
        return await _exchange(self.own, built, within_s, LARGEST_ANSWER, on_piece)

    async def fetch(
        self, url: str, *, own_origins: frozenset[str], within_s: float, largest: int = LARGEST_PICTURE
    ) -> Exchange:
        """A picture behind a link, without any key, over at most three redirects. Raises DispatchFault."""
        ends_at = time.monotonic() + within_s
        for _ in range(MOST_REDIRECTS + 1):
            if not origin_of(url):
                raise Unusable("upstream", "the provider's link to the picture is not an address")
            transport = self.own if is_own(url, own_origins) else self.foreign
            left = max(0.0, ends_at - time.monotonic())
            try:
                built = _request("GET", url, {"accept-encoding": "identity"}, b"", left)
            except (httpx2.InvalidURL, ValueError):
                raise Unusable("upstream", "the provider's link to the picture is not an address") from None
            exchange = await _exchange(transport, built, left, largest)
            following = exchange.answer.headers.get("location")
            if not (300 <= exchange.answer.status < 400 and following):
                return exchange
            url = _led_to(url, following)
        raise Unusable("upstream", "the link to the picture redirects too often")

    async def notify(self, request: ProviderRequest, *, private_allowed: bool, within_s: float) -> int:
        """The status a receiver answers with; the rest of its answer is not read. Raises DispatchFault."""
        if not origin_of(request.url):
            raise NotAllowed("client", "it is not an http(s) address, or it holds a user name or password")
        transport = self.own if private_allowed else self.foreign
        built = _request(
            request.method,
            request.url,
            dict(request.headers),
            request.content,
            min(request.read_timeout_s, within_s),
        )
        return (await _exchange(transport, built, within_s, None)).answer.status


@asynccontextmanager
async def open_wire(transport: httpx2.AsyncBaseTransport | None = None) -> AsyncIterator[Wire]:
    """Transports for as long as the block runs. A `transport` answers in place of the network."""
    async with (
        transport or GuardedTransport(is_operators, LIMITS, _tls()) as own,
        transport or GuardedTransport(is_public, LIMITS, _tls()) as foreign,
    ):
        yield Wire(own, foreign)


@lru_cache(1024)
def origin_of(url: str) -> str:
    """Scheme, host and port of an http(s) address in one form; "" where it is none, or holds a name or password."""
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError):
        return ""
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
        return ""
    return f"{parsed.scheme}://{parsed.host}:{parsed.port or {'http': 80, 'https': 443}[parsed.scheme]}"


def _led_to(url: str, following: str) -> str:
    """Where a redirect leads. Raises Unusable."""
    try:
        return urljoin(url, following)
    except ValueError:
        raise Unusable("upstream", "the link to the picture redirects to what is no address") from None


def is_own(url: str, own_origins: frozenset[str]) -> bool:
    """Whether an address lies at one of the origins; what is no address lies at none, whatever the set holds."""
    origin = origin_of(url)
    return bool(origin) and origin in own_origins


@lru_cache(1024)
def _address(url: str) -> httpx2.URL:
    """Taken apart once: paid calls go to a few addresses."""
    return httpx2.URL(url)


def _request(
    method: str, url: str, headers: Mapping[str, str], content: bytes | None, read_timeout_s: float
) -> httpx2.Request:
    named = {**USUAL_HEADERS, **{name.lower(): value for name, value in headers.items()}}
    timeout = _timeout(read_timeout_s).as_dict()
    return httpx2.Request(
        method, _address(url), headers=named, content=content or None, extensions={"timeout": timeout}
    )


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes longer than a connection; a context can be shared.
    return httpx2.create_ssl_context(trust_env=False)


def _timeout(read_s: float) -> httpx2.Timeout:
    return httpx2.Timeout(read_s, connect=min(CONNECT_S, read_s), pool=min(CONNECT_S, read_s))


async def _exchange(
    transport: httpx2.AsyncBaseTransport,
    request: httpx2.Request,
    within_s: float,
    largest: int | None,
    on_piece: OnPiece = None,
) -> Exchange:
    """The request's answer; every exception of the client becomes a fault that holds no request."""
    watch = _Watch(on_piece=on_piece)
    request.extensions = {**request.extensions, "trace": watch}
    began = time.monotonic()
    fault: DispatchFault
    try:
        async with asyncio.timeout(within_s):
            return await _read(transport, request, watch, began, largest)
    except DispatchFault as known:
        fault = known
    except UNSENT as error:
        is_late = isinstance(error, httpx2.TimeoutException)
        fault = NotSent("timeout" if is_late else "upstream", "no connection: " + _cause(error))
    except httpx2.TimeoutException:
        fault = AnswerLost("timeout", "the provider stopped responding")
    except TimeoutError:
        late = f"no answer within {within_s:.0f} s"
        unsent = watch.is_connecting and watch.sent_at is None
        fault = NotSent("timeout", late) if unsent else AnswerLost("timeout", late)
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        fault = AnswerLost("upstream", "the answer broke off: " + _cause(error))
    raise fault


async def _read(
    transport: httpx2.AsyncBaseTransport, request: httpx2.Request, watch: _Watch, began: float, largest: int | None
) -> Exchange:
    response = await transport.handle_async_request(request)
    first = time.monotonic()
    try:
        body, is_whole = (b"", False) if largest is None else await _body(response, largest, watch.on_piece)
    finally:
        await response.aclose()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Exchange(
        answer=ProviderAnswer(status=response.status_code, headers=headers, body=body),
        sent_at=watch.sent_at or began,
        first_byte_at=first,
        last_byte_at=time.monotonic(),
        is_whole=is_whole,
    )


async def _body(response: httpx2.Response, largest: int, on_piece: OnPiece) -> tuple[bytes, bool]:
    """What came, up to `largest`. A cut error page is still an error; a cut result is lost."""
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > largest:
                raise Unusable("upstream", f"the answer is larger than {largest // 2**20} MB")
            if on_piece is not None and response.status_code < 400:
                on_piece(chunk)
    except (httpx2.TransportError, httpx2.DecodingError):
        if response.status_code < 400:
            raise
        return bytes(body), False
    return bytes(body), True


def _cause(error: Exception) -> str:
    """The kind of an error and the system's words, cut: never an address with its query."""
    return f"{type(error).__name__} {str(error).split('://')[0][:80]}".strip()
