"""What strangers do to a public site: downloads read whole, slowly and half; bodies and headers that drip."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from lumenboard.api.tables.resources import TABLES
from lumenboard.embedded.layout import Layout

MANNERS = ("whole", "slowly", "half")
FORMS = ("csv", "ndjson", "parquet")
BOARD_VOTES = "/api/v1/leaderboards/mode-text-to-image/votes"
PAGES = ("/", "/leaderboards", "/leaderboards/mode-text-to-image", "/models", "/providers", "/analytics", "/vote")


def every_download() -> list[tuple[str, str]]:
    """Each address that streams, with each manner of reading it."""
    addresses = [f"/api/v1/{table.name}?format={form}" for table in TABLES for form in FORMS]
    addresses += [f"{BOARD_VOTES}?format={form}" for form in FORMS[:2]]
    return [(address, manner) for address in addresses for manner in MANNERS]


@dataclass
class Ledger:
    """What was asked and what came of it; `faults` is everything that is not as it should be."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, fault: str = "") -> None:
        with self._lock:
            self.counts[what] = self.counts.get(what, 0) + 1
            if fault:
                self.faults.append(f"{what}: {fault}")


def get(host: str, path: str, timeout_s: float = 20, bearer: str = "") -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, body; 0 for a connection that broke or took too long.

    Led on, it goes there with the cookie it was given, as a browser does.
    """
    link = http.client.HTTPConnection(host, timeout=timeout_s)
    sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        for _ in range(3):
            link.request("GET", path, headers=sent)
            answer = link.getresponse()
            headers, body = {name.lower(): value for name, value in answer.getheaders()}, answer.read()
            if answer.status != 302:
                break
            path = headers["location"]
            if given := headers.get("set-cookie", "").strip().partition(";")[0]:
                sent = {"Cookie": given}
        return answer.status, headers, body
    except (OSError, http.client.HTTPException) as error:
        return 0, {}, repr(error).encode()
    finally:
        link.close()


def download(host: str, path: str, manner: str, ledger: Ledger) -> None:
    """One download; a whole one must be there to its last byte."""
    what = f"download {manner}"
    link = http.client.HTTPConnection(host, timeout=60)
    try:
        link.request("GET", path)
        answer = link.getresponse()
        if manner == "half":
            answer.read(1)
            ledger.note(what, "" if answer.status == 200 else f"{path} {answer.status}")
            return
        length, pause_s = 0, 0.01 if manner == "slowly" else 0
        while piece := answer.read(1 << 14):
            length += len(piece)
            time.sleep(pause_s)
        is_right = answer.status == 200 and length == int(answer.headers.get("content-length", -1))
        ledger.note(what, "" if is_right else f"{path} {answer.status} with {length} bytes")
    except (OSError, http.client.HTTPException) as error:
        ledger.note(what, f"{path} {error!r}")
    finally:
        link.close()


@contextmanager
def dripping(host: str, count: int, head: str, *, every_s: float = 5.0) -> Iterator[list[socket.socket]]:
    """So many connections that send `head` and then a byte now and then, as long as the server lets them."""
    address, port = host.split(":")
    links = [socket.create_connection((address, int(port)), timeout=10) for _ in range(count)]
    done = threading.Event()
    for link in links:
        link.sendall(head.encode())

    def drip() -> None:
        while not done.wait(every_s):
            for link in links:
                with suppress(OSError):
                    link.send(b"a")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield links
    finally:
        done.set()
        thread.join()
        for link in links:
            link.close()


def slow_body(host: str, path: str, *headers: str) -> str:
    """The head of a request whose body of 1,000 bytes never comes."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Length: 1000", *headers]
    return "\r\n".join(lines) + "\r\n\r\n"


def sessions_in_transaction(layout: Layout) -> int:
    """Sessions of the site that have been idle within a transaction for two seconds."""
    with psycopg.connect(layout.database_url) as link:
        row = link.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' "
            "AND state_change < now() - interval '2 seconds'"
        ).fetchone()
    return int(row[0]) if row else 0


OTHERS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND NOT pid = ANY(%s)"


@contextmanager
def every_connection_held(layout: Layout) -> Iterator[None]:
    """Nobody else has a connection to the database, and none is left; those of the site are ended."""
    with ExitStack() as stack:
        first = stack.enter_context(psycopg.connect(layout.database_url, autocommit=True))
        held = [first.info.backend_pid]
        for _ in range(50):
            with suppress(psycopg.OperationalError):
                while True:
                    held.append(stack.enter_context(psycopg.connect(layout.database_url)).info.backend_pid)
            ended = first.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}", [held]).rowcount
            if not ended:
                break
        else:
            raise AssertionError("the site always comes first")
        yield


def is_health(body: bytes) -> bool:
    return bool(json.loads(body) == {"status": "ok"})
