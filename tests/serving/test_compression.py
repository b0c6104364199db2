"""Answers in gzip as they leave the site: which, for whom, and that ETags, parts and HEAD stay right."""

import gzip
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from whitenoise.compress import main as precompress
from whitenoise.middleware import WhiteNoiseMiddleware

from lumenboard.serving import compression
from lumenboard.serving.compression import accepts_gzip
from lumenboard.serving.environ import environ_of
from lumenboard.serving.site import SiteAnswer, StreamedAnswer, WholeAnswer, answer_of
from lumenboard.wsgi import application
from tests.analytics.test_analytics_pages import make_calls
from tests.serving.fakes import FakeHeaders, FakeScope
from tests.tables.test_answers import BOARD, make_board
from tests.visibility.addresses import api_addresses, arguments, filled, patterns
from tests.visibility.secret_world import SecretWorld, make_secret_world
from tests.visibility.test_privacy_walk import forget_everything

TEXT = b"a word " * 100
ANALYTICS_AT_MOST = 25_000


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """Requests here run within the transaction of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Pieces:
    streaming = True

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.is_closed = pieces, False

    def __iter__(self) -> Any:
        yield from self.pieces

    def close(self) -> None:
        self.is_closed = True


class Whole(list):
    def close(self) -> None: ...


def asked(path: str, method: str = "GET", app: Any = application, **headers: str) -> SiteAnswer:
    """The answer of the site in this thread; of a header's name the underscores are hyphens."""
    pairs = [("host", "127.0.0.1"), *((name.replace("_", "-"), value) for name, value in headers.items())]
    path, _, query = path.partition("?")
    return answer_of(app, environ_of(FakeScope(method, path, query, FakeHeaders(pairs)), io.BytesIO()))


def told(answer: Any, kind: str = "text/html; charset=utf-8", **headers: str) -> Any:
    """An application with this one answer."""

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", kind), *headers.items()])
        return answer if isinstance(answer, Pieces) else Whole([answer])

    return app


def header(answer: SiteAnswer, name: str) -> str:
    found = [value for key, value in answer.headers if key.lower() == name]
    assert len(found) < 2, (name, found)
    return found[0] if found else ""


def sent(answer: SiteAnswer) -> bytes:
    if isinstance(answer, WholeAnswer):
        return answer.content
    return b"".join(answer.pieces) if isinstance(answer, StreamedAnswer) else Path(answer.path).read_bytes()


@pytest.mark.parametrize(
    ("accept_encoding", "is_taken"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("", False),
        ("identity", False),
        ("*", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("gzipped, deflate", False),
    ],
)
def test_what_a_client_says_it_takes_is_followed(accept_encoding: str, is_taken: bool) -> None:
    assert accepts_gzip(accept_encoding) == is_taken
    answer = asked("/", app=told(TEXT), accept_encoding=accept_encoding)
    assert header(answer, "content-encoding") == ("gzip" if is_taken else "")
    assert header(answer, "vary") == "Accept-Encoding"
    assert (gzip.decompress(sent(answer)) if is_taken else sent(answer)) == TEXT


@pytest.mark.parametrize(
    "kind", ["image/webp", "image/png", "application/vnd.apache.parquet", "application/zip", "text/event-stream"]
)
def test_pictures_parquet_and_events_stay_as_they_are(kind: str) -> None:
    for content in (TEXT, Pieces(TEXT)):
        answer = asked("/", app=told(content, kind), accept_encoding="gzip")
        assert (header(answer, "content-encoding"), header(answer, "vary"), sent(answer)) == ("", "", TEXT)


def test_short_answers_and_those_that_would_grow_stay_as_they_are() -> None:
    short = b"a" * (compression.SMALLEST - 1)
    assert sent(asked("/", app=told(short), accept_encoding="gzip")) == short
    noise = random.Random(1).randbytes(2000)
    assert sent(asked("/", app=told(noise), accept_encoding="gzip")) == noise


@pytest.mark.parametrize("personal", [{"Vary": "Cookie"}, {"Set-Cookie": "csrftoken=x"}])
def test_what_is_somebodys_own_is_not_compressed_beside_words_of_a_query_or_a_form(personal: dict[str, str]) -> None:
    app = told(TEXT, **personal)
    assert sent(asked("/?q=a", app=app, accept_encoding="gzip")) == TEXT
    assert sent(asked("/", "POST", app=app, accept_encoding="gzip")) == TEXT
    sizes = {len(sent(asked("/", app=app, accept_encoding="gzip"))) for _ in range(20)}
    assert len(sizes) > 1
    assert gzip.decompress(sent(asked("/", app=app, accept_encoding="gzip"))) == TEXT
    assert header(asked("/?q=a", app=told(TEXT), accept_encoding="gzip"), "content-encoding") == "gzip"
    keyed = asked("/?q=a", app=told(TEXT), accept_encoding="gzip", authorization="Bearer x")
    assert sent(keyed) == TEXT


def test_a_part_of_an_answer_is_of_its_plain_form() -> None:
    assert sent(asked("/", app=told(TEXT), accept_encoding="gzip", range="bytes=0-9")) == TEXT


def test_head_says_what_get_would_send() -> None:
    get, head = (asked("/", method, app=told(TEXT), accept_encoding="gzip") for method in ("GET", "HEAD"))
    assert (head.headers, sent(head)) == (get.headers, b"")
    assert header(head, "content-length") == str(len(sent(get)))
    stream = asked("/", "HEAD", app=told(pieces := Pieces(TEXT)), accept_encoding="gzip")
    assert (header(stream, "content-encoding"), sent(stream), pieces.is_closed) == ("gzip", b"", True)


def test_a_stream_is_compressed_piece_by_piece_and_closed() -> None:
    pieces = Pieces(*[b"%d\n" % number for number in range(20_000)])
    answer = asked("/", app=told(pieces, "text/csv; charset=utf-8"), accept_encoding="gzip")
    assert isinstance(answer, StreamedAnswer)
    packed = list(answer.pieces)
    assert len(packed) == 20_001
    assert gzip.decompress(b"".join(packed)) == b"".join(pieces.pieces)
    answer.pieces.close()  # type: ignore[attr-defined]
    assert pieces.is_closed


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
def test_an_etag_is_weak_with_gzip_and_not_modified_stays_true_for_both() -> None:
    make_board()
    plain, packed = asked(BOARD), asked(BOARD, accept_encoding="gzip")
    etag = header(plain, "etag")
    assert not etag.startswith("W/")
    assert header(packed, "etag") == f"W/{etag}"
    assert gzip.decompress(sent(packed)) == sent(plain)
    for known in (etag, f"W/{etag}", f'"other", W/{etag}'):
        again = asked(BOARD, accept_encoding="gzip", if_none_match=known)
        assert (again.status, sent(again)) == (304, b"")
        assert header(again, "etag") == (etag if known == etag else f"W/{etag}")
        assert header(again, "vary").endswith("Accept-Encoding")
    assert asked(BOARD, accept_encoding="gzip", if_none_match='W/"other"').status == 200
    assert header(asked(BOARD, "HEAD", accept_encoding="gzip"), "content-length") == str(len(sent(packed)))


@pytest.mark.usefixtures("kept_connection")
def test_static_files_lie_there_compressed_and_keep_etags_and_parts(tmp_path: Path) -> None:
    (tmp_path / "page.css").write_bytes(TEXT)
    precompress([str(tmp_path), "--quiet"])
    files = WhiteNoiseMiddleware(lambda request: HttpResponse(status=404), settings=site_settings)
    files.add_files(str(tmp_path), prefix="static/")
    app = WSGIHandler()
    app._middleware_chain = files
    plain, packed = asked("/static/page.css", app=app), asked("/static/page.css", app=app, accept_encoding="gzip")
    assert (sent(plain), gzip.decompress(sent(packed))) == (TEXT, TEXT)
    assert header(packed, "content-length") == str(len(sent(packed)))
    assert header(packed, "etag") == f"W/{header(plain, 'etag')}"
    assert sent(asked("/static/page.css", app=app, accept_encoding="gzip;q=0")) == TEXT
    again = asked("/static/page.css", app=app, accept_encoding="gzip", if_none_match=header(packed, "etag"))
    assert (again.status, header(again, "etag")) == (304, header(packed, "etag"))
    part = asked("/static/page.css", app=app, accept_encoding="gzip", range="bytes=2-5")
    assert (part.status, sent(part), header(part, "content-encoding")) == (206, TEXT[2:6], "")
    head = asked("/static/page.css", "HEAD", app=app, accept_encoding="gzip")
    assert (header(head, "content-length"), sent(head)) == (str(len(sent(packed))), b"")


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
def test_analytics_are_small_over_the_wire() -> None:
    make_calls()
    answer = asked("/analytics", accept_encoding="gzip")
    assert len(sent(answer)) <= ANALYTICS_AT_MOST


class Overheard:
    """The site, and the last answer as it was before anything was done to it."""

    def __init__(self) -> None:
        self.plain: list[bytes] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        answer = application(environ, start_response)
        self.plain = []
        if isinstance(answer, HttpResponse):
            self.plain = [answer.content]
        elif isinstance(answer, StreamingHttpResponse):
            answer.streaming_content = map(self._noted, answer.streaming_content)
        return answer

    def _noted(self, piece: bytes) -> bytes:
        self.plain.append(piece)
        return piece


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> SecretWorld:
    settings.MEDIA_ROOT, settings.VOTES_DELAY_HOURS = tmp_path, 0
    forget_everything()
    return make_secret_world()


@pytest.mark.parametrize("who", ["operator", "anonymous"])
@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
def test_every_kind_of_page_is_compressed_and_reads_the_same(world: SecretWorld, who: str) -> None:
    values, site, packed = arguments(world), Overheard(), 0
    operators = ("/admin", "/ops", "/playground")
    addresses = [filled(route, values)[0] for route in patterns()] + api_addresses(world)[::25]
    addresses = [one for one in addresses if one.startswith(operators) == (who == "operator")]
    client = Client()
    if who == "operator":
        client.force_login(world.operator)
    cookie = "; ".join(f"{name}={value.value}" for name, value in client.cookies.items())
    for address in addresses:
        answer = asked(address, app=site, accept_encoding="gzip, br", cookie=cookie)
        content, plain = sent(answer), b"".join(site.plain)
        is_text = header(answer, "content-type").startswith(("text/", "application/json", "application/xml"))
        if is_text and len(plain) >= compression.SMALLEST and "?" not in address and "static" not in address:
            assert header(answer, "content-encoding") == "gzip", address
        if header(answer, "content-encoding"):
            packed += 1
            assert gzip.decompress(content) == plain, address
            refused = asked(address, app=site, accept_encoding="gzip;q=0, identity", cookie=cookie)
            assert header(refused, "content-encoding") == "", address
            assert sent(refused) == b"".join(site.plain), address
        elif site.plain:
            assert content == plain, address
    assert packed > (100 if who == "operator" else 55)
