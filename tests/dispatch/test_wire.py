"""Deadlines, sizes and cut answers, over real sockets."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from providers.adapters.wire import ProviderRequest
from providers.dispatch.faults import AnswerLost, DispatchFault, NotSent, Unusable
from providers.dispatch.wire import LARGEST_ANSWER, Exchange, open_wire, origin_of

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def send(handler: Handler, within_s: float = 0.6, read_timeout_s: float = 5.0) -> Exchange:
    tasks: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())  # type: ignore[arg-type]  # there always is one
        with suppress(asyncio.CancelledError, ConnectionError):
            await handler(reader, writer)
        writer.transport.abort()

    async def exchange() -> Exchange:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server, open_wire() as wire:
            base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            request = ProviderRequest(method="POST", url=f"{base}/x", content=b"{}", read_timeout_s=read_timeout_s)
            try:
                return await wire.send(request, own_origins=frozenset({origin_of(base)}), within_s=within_s)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks)

    return asyncio.run(exchange())


def answering(*parts: bytes, pause_s: float = 0.0, then: str = "close") -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
        if then == "reset":
            writer.transport.abort()
        elif then == "wait":
            await asyncio.sleep(5)
        await writer.drain()
        writer.close()

    return handle


def test_times_are_taken_when_bytes_move() -> None:
    exchange = send(answering(HEAD + b"content-length: 2\r\n\r\n", b"{}", pause_s=0.1))
    assert exchange.sent_at <= exchange.first_byte_at <= exchange.last_byte_at
    assert exchange.last_byte_at - exchange.first_byte_at >= 0.08
    assert exchange.answer.body == b"{}"


@pytest.mark.parametrize(
    ("handler", "fault", "kind"),
    [
        (answering(then="wait"), AnswerLost, "timeout"),
        (answering(HEAD + b"content-length: 99\r\n\r\n", *[b"x"] * 50, pause_s=0.1), AnswerLost, "timeout"),
        (answering(then="reset"), AnswerLost, "upstream"),
        (answering(), AnswerLost, "upstream"),
        (answering(HEAD + b"content-length: 99\r\n\r\n{"), AnswerLost, "upstream"),
        (answering(b"no http at all\r\n\r\n"), AnswerLost, "upstream"),
    ],
    ids=["silent", "dripping", "reset", "closed", "cut", "nonsense"],
)
def test_an_answer_that_does_not_come_whole_is_lost_in_time(handler: Handler, fault: type, kind: str) -> None:
    began = time.monotonic()
    with pytest.raises(DispatchFault) as caught:
        send(handler)
    assert time.monotonic() - began < 0.6 + 1.0
    assert (type(caught.value), caught.value.kind) == (fault, kind)


def test_a_cut_error_page_is_still_an_error() -> None:
    exchange = send(answering(b"HTTP/1.1 500 No\r\ncontent-length: 99\r\n\r\n{"))
    assert (exchange.answer.status, exchange.is_whole) == (500, False)


def test_an_answer_beyond_all_measure_is_not_read_to_its_end() -> None:
    megabyte = b"x" * 2**20
    chunks = [f"{2**20:x}\r\n".encode() + megabyte + b"\r\n"] * (LARGEST_ANSWER // 2**20 + 8)
    with pytest.raises(Unusable, match="larger than"):
        send(answering(HEAD + b"transfer-encoding: chunked\r\n\r\n", *chunks), within_s=20.0)


def test_a_closed_door_costs_nothing() -> None:
    async def knock() -> None:
        async with open_wire() as wire:
            request = ProviderRequest(method="POST", url="http://127.0.0.1:9/x")
            await wire.send(request, own_origins=frozenset({"http://127.0.0.1:9"}), within_s=1.0)

    with pytest.raises(NotSent):
        asyncio.run(knock())


@pytest.mark.parametrize("location", [b"http://[x", b"//[::1", b"http://a]/"])
def test_a_redirect_to_what_is_no_address_is_a_fault_of_the_link(location: bytes) -> None:
    async def fetch() -> None:
        handler = answering(b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: " + location + b"\r\n\r\n")
        async with await asyncio.start_server(handler, "127.0.0.1", 0) as server, open_wire() as wire:
            base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            await wire.fetch(f"{base}/a.png", own_origins=frozenset({origin_of(base)}), within_s=5.0)

    with pytest.raises(Unusable, match="redirects to what is no address"):
        asyncio.run(fetch())
