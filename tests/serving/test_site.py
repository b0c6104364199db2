"""The site under the server's interface: environment, bodies in pieces, answers whole and streamed."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from lumenboard.serving.refusals import Refused
from lumenboard.serving.site import Site
from tests.serving.fakes import FakeHeaders, FakeProtocol, FakeScope

LONGEST = 8 << 20


class Whole(list):
    status_code = 200
    closed = False

    def close(self) -> None:
        Whole.closed = True


class Streamed:
    status_code, streaming, closed = 200, True, False

    def __iter__(self):
        yield from (b"one", b"two")

    def close(self) -> None:
        Streamed.closed = True


def served(application, scope: FakeScope, proto: FakeProtocol) -> FakeProtocol:
    asyncio.run(Site(application, 1, LONGEST, Path(tempfile.gettempdir()))(scope, proto))
    return proto


def test_the_request_arrives_as_the_standard_wants_it() -> None:
    seen = {}

    def application(environ, start_response):
        seen.update(environ)
        start_response("201 Created", [("x-a", "b")])
        return Whole([b"a", b"b"])

    headers = FakeHeaders(
        [
            ("host", "x"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
            ("x-y", "1"),
            ("x-y", "2"),
            ("x_y", "3"),
            ("content-type", "t"),
        ]
    )
    proto = served(application, FakeScope("POST", "/é", "q=1", headers), FakeProtocol())
    assert (proto.status, proto.headers, proto.sent) == (201, [("x-a", "b")], [b"ab"])
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/é"
    assert (seen["HTTP_COOKIE"], seen["HTTP_X_Y"], seen["CONTENT_TYPE"]) == ("a=1; b=2", "1,2", "t")
    assert (seen["REMOTE_ADDR"], seen["SERVER_PORT"], seen["QUERY_STRING"]) == ("::1", "8000", "q=1")
    assert Whole.closed


def with_length(length: int, **more: str) -> FakeScope:
    headers = {"content-length": str(length)} | {name.replace("_", "-"): value for name, value in more.items()}
    return FakeScope("POST", headers=FakeHeaders(list(headers.items())))


def echo(environ, start_response):
    start_response("200 OK", [])
    return Whole([environ["wsgi.input"].read()])


@pytest.mark.parametrize(
    "scope", [with_length(LONGEST + 1), with_length(3, transfer_encoding="chunked"), FakeScope("POST")]
)
def test_a_body_that_the_site_refuses_is_not_read(scope: FakeScope) -> None:
    proto = FakeProtocol([b"abc"])
    assert served(echo, scope, proto).sent == [b""]
    assert proto.taken == 0


def test_a_body_shorter_than_announced_is_refused() -> None:
    with pytest.raises(Refused, match="cut off") as refused:
        served(echo, with_length(9), FakeProtocol([b"abc"]))
    assert refused.value.status == 400


def test_a_body_can_be_read_whole_and_by_lines() -> None:
    def application(environ, start_response):
        start_response("200 OK", [])
        source = environ["wsgi.input"]
        return Whole([source.readline(), b"|", source.read(), b"|", source.read(5)])

    assert served(application, with_length(4), FakeProtocol([b"a\nb", b"c"])).sent == [b"a\n|bc|"]


def test_a_streamed_answer_goes_out_whole_and_is_closed() -> None:
    def application(environ, start_response):
        start_response("200 OK", [])
        return Streamed()

    assert served(application, FakeScope(), FakeProtocol()).sent == [b"onetwo"]
    assert Streamed.closed
