"""Asks a store, over its socket and in its own protocol, whether it is ready. No client library: this is polled."""

import socket
import struct
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from lumenboard.embedded.layout import DATABASE_NAME, DATABASE_USER

TIMEOUT_S = 2.0
PROTOCOL_3_0 = 196608
NO_SUCH_DATABASE = b"C3D000\x00"


class DatabaseState(Enum):
    """What a PostgreSQL server says when one knocks."""

    DOWN = "down"
    NO_DATABASE = "no database"
    READY = "ready"


def database_state(path: Path, database: str = DATABASE_NAME) -> DatabaseState:
    """Open a session as far as the server's first answer."""
    body = b"".join(part.encode() + b"\0" for part in ("user", DATABASE_USER, "database", database)) + b"\0"
    hello = struct.pack("!ii", len(body) + 8, PROTOCOL_3_0) + body
    # The first answer is authentication; whether the database exists is said only after it.
    answer = _ask(path, hello, _session_is_decided)
    if NO_SUCH_DATABASE in answer:
        return DatabaseState.NO_DATABASE
    return DatabaseState.READY if answer.endswith(b"Z\0\0\0\x05I") else DatabaseState.DOWN


def broker_is_ready(path: Path) -> bool:
    """Whether Valkey answers a ping, which it refuses while still reading its file."""
    return _ask(path, b"PING\r\n", lambda answer: answer.endswith(b"\r\n")) == b"+PONG\r\n"


def _session_is_decided(answer: bytes) -> bool:
    return answer.endswith(b"Z\0\0\0\x05I") or (b"SFATAL\0" in answer and answer.endswith(b"\0\0"))


def _ask(path: Path, question: bytes, is_whole: Callable[[bytes], bool]) -> bytes:
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(TIMEOUT_S)
            link.connect(str(path))
            link.sendall(question)
            while not is_whole(answer):
                received = link.recv(4096)
                if not received:
                    break
                answer += received
    except OSError:
        return b""
    return answer
