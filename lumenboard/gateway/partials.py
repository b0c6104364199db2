"""Unfinished pictures on their way to a client that asked for a stream of them: events, sent while the provider draws.

The stream begins with the first of them; before that a request fails as any other does.
"""

import asyncio
import base64
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from lumenboard.gateway.call import Answer, Call, for_other_sites
from lumenboard.gateway.errors import GatewayError, JsonObject
from lumenboard.serving.rsgi import Transport
from providers.adapters.events import EventReader
from providers.adapters.wire import Adapter, ImageOrder
from providers.dispatch.picture_header import NoPicture, format_of, read_header
from providers.sheet import IMAGE_EDIT, Json

LOG = logging.getLogger(__name__)
EVENT_STREAM: Final = "text/event-stream"
HEADERS: Final = (("content-type", EVENT_STREAM), ("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
# What else of an event clients in typed languages look for.
ECHOED: Final = ("background", "quality")


@dataclass
class Partials:
    """Of one request. Pieces of at most a few pictures wait here for a client that reads slowly."""

    call: Call
    mode: str
    _waiting: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    _sending: asyncio.Task[None] | None = None

    def listener(self, adapter: Adapter, order: ImageOrder) -> Callable[[bytes], None] | None:
        """What hears a provider's answer; None for a call that is not asked for any."""
        if not order.partial_images:
            return None
        reader = EventReader()

        def hear(piece: bytes) -> None:
            # What goes wrong here must not lose the call, which is paid for.
            try:
                for event in reader.feed(piece):
                    self._tell(adapter, event)
            except Exception:
                LOG.exception("an event could not be passed on")

        return hear

    async def answered(self, work: Awaitable[Answer]) -> Answer:
        """What comes of the request, sent as the last events where the stream has begun. Raises GatewayError."""
        try:
            answer = await work
        except GatewayError as error:
            if self._sending is None:
                raise
            answer = _as_event(error)
        except Exception:
            if self._sending is None:
                raise
            LOG.exception("the gateway failed within a stream")
            answer = _as_event(GatewayError("INTERNAL_ERROR", f"Internal error; its reference is {self.call.id}."))
        except BaseException:
            # cancelled: nothing waits for more any longer
            self._waiting.put_nowait(None)
            raise
        if self._sending is None:
            return answer
        self._waiting.put_nowait(answer.content())
        self._waiting.put_nowait(None)
        await self._sending
        return replace(answer, is_sent=True)

    def _tell(self, adapter: Adapter, event: dict[str, Json]) -> None:
        picture = adapter.read_partial(event)
        if picture is None:
            return
        try:
            header = read_header(picture.content)
        except NoPicture:
            return
        kind = "image_edit.partial_image" if self.mode == IMAGE_EDIT else "image_generation.partial_image"
        place = event.get("partial_image_index")
        passed_on: JsonObject = {
            "type": kind,
            "created_at": int(time.time()),
            "partial_image_index": place if isinstance(place, int) else 0,
            "size": f"{header.width_px}x{header.height_px}",
            "output_format": format_of(header.media_type),
            **{name: str(event.get(name) or "auto")[:20] for name in ECHOED},
            "b64_json": base64.b64encode(picture.content).decode(),
        }
        self._waiting.put_nowait(b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(passed_on)))
        if self._sending is None:
            shared = for_other_sites(self.call)
            headers = [*HEADERS, ("x-request-id", self.call.id), *shared.items()]
            self._sending = asyncio.create_task(self._send(self.call.proto.response_stream(200, headers)))

    async def _send(self, transport: Transport) -> None:
        is_there = True
        while (piece := await self._waiting.get()) is not None:
            try:
                if is_there:
                    await transport.send_bytes(piece)
            except Exception as error:
                # Whoever has hung up gets no more; the call is brought to its end all the same.
                LOG.info("a stream ended before its last event: %s", error)
                is_there = False


def _as_event(error: GatewayError) -> Answer:
    body = orjson.dumps({"type": "error", **error.body()})
    return Answer(error.status, b"event: error\ndata: %s\n\n" % body, media_type=EVENT_STREAM)
