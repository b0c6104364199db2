"""Plain HTTP for strangers: every request is written to the journal, whatever becomes of it."""

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from tests.proof.crowd.journal import BROKEN, Exchange, Journal, now

PATIENCE_S: Final = 40.0
FAULTS: Final = (OSError, http.client.HTTPException, ValueError)


@dataclass(frozen=True)
class Reply:
    """An answer that came whole; status 0 where none did."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None

    @property
    def content(self) -> Any:
        """The JSON in it; None where it holds none."""
        with suppress(ValueError):
            return json.loads(self.body)
        return None


@dataclass(frozen=True)
class Site:
    """Where the crowd goes, and whose keys it holds."""

    host: str
    image_key: str
    sample_key: str
    endpoint: str
    model: str
    journal: Journal

    @contextmanager
    def opened(
        self, stranger: str, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer, its body still to be read. A fault is written down and passed on to `ask`."""
        began_at, status, note = now(), BROKEN, ""
        line = http.client.HTTPConnection(self.host, timeout=PATIENCE_S)
        try:
            line.request(method, path, body, {"Connection": "close", **(headers or {})})
            answer = line.getresponse()
            yield answer
            status = answer.status
        except FAULTS as fault:
            note = repr(fault)
            raise
        finally:
            line.close()
            self.journal.write(Exchange(stranger, f"{method} {path}", status, began_at, now(), note))

    def ask(
        self, stranger: str, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """The whole answer."""
        try:
            with self.opened(stranger, method, path, body, headers) as answer:
                return Reply(answer.status, answer.read(), dict(answer.headers))
        except FAULTS:
            return Reply(BROKEN)

    def read_slowly(self, stranger: str, path: str, piece: int, pause_s: float, most_s: float) -> None:
        """Read in small pieces; after so many seconds the rest at once."""
        with suppress(*FAULTS), self.opened(stranger, "GET", path) as answer:
            until = now() + most_s
            while now() < until and answer.read(piece):
                time.sleep(pause_s)
            answer.read()

    def hang_up(self, stranger: str, path: str, after_bytes: int) -> None:
        """Go away in the middle of an answer; what was seen of it counts."""
        with suppress(*FAULTS), self.opened(stranger, "GET", path) as answer:
            answer.read(after_bytes)

    def send_and_leave(self, raw: bytes, stay_s: float) -> None:
        """Open a connection, send something, wait, go; nobody expects an answer."""
        host, _, port = self.host.partition(":")
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=PATIENCE_S) as line:
            line.sendall(raw)
            time.sleep(stay_s)

    def drip(self, raw: bytes, byte_every_s: float, for_s: float) -> None:
        """A body that hardly comes."""
        host, _, port = self.host.partition(":")
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=PATIENCE_S) as line:
            line.sendall(raw)
            until = now() + for_s
            while now() < until:
                line.sendall(b"a")
                time.sleep(byte_every_s)
