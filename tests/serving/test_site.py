"""The site under the server's interface: environment, bodies in pieces, answers whole and streamed."""

import asyncio

from lumenboard.serving.site import Site
from tests.serving.fakes import FakeHeaders, FakeProtocol, FakeScope


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
    asyncio.run(Site(application, 1)(scope, proto))
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


def test_a_body_is_read_no_further_than_the_application_reads() -> None:
    def application(environ, start_response):
        start_response("200 OK", [])
        return Whole([environ["wsgi.input"].read(3)])

    proto = FakeProtocol([bytes(1 << 20)] * 50)
    assert served(application, FakeScope("POST"), proto).sent == [bytes(3)]
    assert proto.taken <= 2


def test_a_body_can_be_read_whole_and_by_lines() -> None:
    def application(environ, start_response):
        start_response("200 OK", [])
        source = environ["wsgi.input"]
        return Whole([source.readline(), b"|", source.read(), b"|", source.read(5)])

    assert served(application, FakeScope("POST"), FakeProtocol([b"a\nb", b"c"])).sent == [b"a\n|bc|"]


def test_a_streamed_answer_goes_out_piece_by_piece_and_is_closed() -> None:
    def application(environ, start_response):
        start_response("200 OK", [])
        return Streamed()

    assert served(application, FakeScope(), FakeProtocol()).sent == [b"one", b"two"]
    assert Streamed.closed
