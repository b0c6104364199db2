"""What the server's processes answer by themselves: health, requests without a host."""

import asyncio
import json

import pytest

from lumenboard.rsgi import Application
from tests.serving.fakes import FakeHeaders, FakeProtocol, FakeScope

HOST = [("host", "127.0.0.1")]


def asked(path: str, headers: list[tuple[str, str]], method: str = "GET", **more: str) -> FakeProtocol:
    async def walk() -> FakeProtocol:
        application, proto = Application(), FakeProtocol()
        await application.__rsgi__(FakeScope(method, path, headers=FakeHeaders(headers), **more), proto)
        await application._health.close()
        return proto

    return asyncio.run(walk())


@pytest.mark.django_db
def test_health_asks_the_database_over_a_connection_of_its_own() -> None:
    proto = asked("/health", HOST)
    assert (proto.status, json.loads(proto.sent[0])) == (200, {"status": "ok"})
    assert dict(proto.headers)["cache-control"] == "no-store"


def test_health_has_one_method() -> None:
    assert asked("/health", HOST, "POST").status == 405


@pytest.mark.parametrize("headers", [[], HOST * 2])
@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/votes"])
def test_a_request_without_one_host_is_refused(path: str, headers: list[tuple[str, str]]) -> None:
    assert asked(path, headers).status == 400


def test_older_and_newer_protocols_name_the_host_elsewhere() -> None:
    assert asked("/health", [], http_version="1").status == 200
    assert asked("/health", [], http_version="2", authority="127.0.0.1").status == 200
