"""Answers of the site in gzip, for clients that take it; what stays as it is and why: docs/decisions/0031."""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.utils.text import compress_string

from lumenboard.serving.rsgi import HeaderList

# Shorter ones fit into the packet that carries their headers.
SMALLEST: Final = 500
LEVEL: Final = 6
GZIP_WINDOW: Final = 31
# of the random length that hides the length of an answer that is somebody's own
PADDING: Final = 100
TEXT: Final = re.compile(r"text/(?!event-stream)|application/(json|javascript|xml|x-ndjson)\b|[\w/.-]+\+(json|xml)\b")
QUALITY: Final = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)\Z", re.IGNORECASE)
WEAK: Final = re.compile(r'(^|,)(\s*)W/"')


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, is not refused (`q=0`) and is liked no less than no coding at all."""
    qualities: dict[str, float] = {}
    for item in accept_encoding.lower().split(","):
        coding, _, parameter = item.partition(";")
        quality = QUALITY.match(parameter.strip())
        qualities[coding.strip()] = float(quality[1]) if quality else 1.0
    wanted = qualities.get("gzip", qualities.get("x-gzip", 0.0))
    return wanted > 0 and wanted >= qualities.get("identity", 0.0)


def negotiate(variables: dict[str, Any]) -> None:
    """For all that read the request after this: `gzip` or nothing as what the client takes, ETags without their W/.

    A part of an answer is a part of its plain form, and reads compare ETags weakly (RFC 9110, 13.1.2).
    """
    is_taken = "HTTP_RANGE" not in variables and accepts_gzip(variables.get("HTTP_ACCEPT_ENCODING", ""))
    variables["HTTP_ACCEPT_ENCODING"] = "gzip" if is_taken else ""
    if known := variables.get("HTTP_IF_NONE_MATCH"):
        variables["lumenboard.known_etags"] = known
        variables["HTTP_IF_NONE_MATCH"] = WEAK.sub(r'\1\2"', known)


def compressed(variables: dict[str, Any], status: int, headers: HeaderList, content: bytes) -> tuple[HeaderList, bytes]:
    """A whole answer to a negotiated request, in gzip where it may be and is shorter so."""
    if len(content) >= SMALLEST and _may_be_compressed(variables, headers):
        headers = _varying(headers)
        if variables["HTTP_ACCEPT_ENCODING"]:
            packed = compress_string(content, max_random_bytes=PADDING if _is_somebodys(variables, headers) else None)
            if len(packed) < len(content):
                others = [(name, value) for name, value in headers if name.lower() != "content-length"]
                headers = [*others, ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))]
                content = packed
    return with_right_etag(variables, status, headers), content


def compressed_stream(
    variables: dict[str, Any], status: int, headers: HeaderList, pieces: Iterable[bytes]
) -> tuple[HeaderList, Iterable[bytes]]:
    """An answer in pieces, likewise. One whose length is stated is a file and stays as it lies there."""
    if not _header(headers, "content-length") and _may_be_compressed(variables, headers):
        headers = _varying(headers)
        if variables["HTTP_ACCEPT_ENCODING"]:
            headers, pieces = [*headers, ("Content-Encoding", "gzip")], GzippedPieces(pieces)
    return with_right_etag(variables, status, headers), pieces


class GzippedPieces:
    """A piece for each piece, empty where nothing has come out yet: between them its maker sees hang-ups."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
        for piece in self._pieces:
            yield packer.compress(piece)
        yield packer.flush()

    def close(self) -> None:
        """Ends the answer."""
        if close := getattr(self._pieces, "close", None):
            close()


def with_right_etag(variables: dict[str, Any], status: int, headers: HeaderList) -> HeaderList:
    """A weak one with an answer in gzip; with "not modified" the one that the client has."""
    if status == 304:
        known = variables.get("lumenboard.known_etags", "")
        headers = _varying([(name, _weak(v) if _is_etag(name) and _weak(v) in known else v) for name, v in headers])
    elif any(name.lower() == "content-encoding" for name, _ in headers):
        headers = [(name, _weak(value) if _is_etag(name) else value) for name, value in headers]
    return headers


def _is_etag(name: str) -> bool:
    return name.lower() == "etag"


def _weak(etag: str) -> str:
    return etag if etag.startswith("W/") else f"W/{etag}"


def _may_be_compressed(variables: dict[str, Any], headers: HeaderList) -> bool:
    """Text that has no coding yet, unless it could hold a secret of somebody beside words of somebody else."""
    kind = _header(headers, "content-type").lower()
    if not TEXT.match(kind) or _header(headers, "content-encoding") or _header(headers, "content-range"):
        return False
    brings_words = variables.get("QUERY_STRING") or variables["REQUEST_METHOD"] not in {"GET", "HEAD"}
    return not (brings_words and _is_somebodys(variables, headers))


def _is_somebodys(variables: dict[str, Any], headers: HeaderList) -> bool:
    """Forms carry a token, which comes with a cookie; what depends on a log-in says so."""
    depends = "cookie" in _header(headers, "vary").lower() or _header(headers, "set-cookie")
    return bool(depends or variables.get("HTTP_AUTHORIZATION"))


def _varying(headers: HeaderList) -> HeaderList:
    vary = _header(headers, "vary")
    if "accept-encoding" in vary.lower() or vary == "*":
        return headers
    others = [(name, value) for name, value in headers if name.lower() != "vary"]
    return [*others, ("Vary", f"{vary}, Accept-Encoding" if vary else "Accept-Encoding")]


def _header(headers: HeaderList, name: str) -> str:
    return ", ".join(value for key, value in headers if key.lower() == name)
