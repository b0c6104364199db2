"""Errors that are over after a moment are 503 with Retry-After, wherever they come from; others stay 500."""

import errno

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

FAULTS: dict[str, Exception] = {
    "too-many-clients": OperationalError("FATAL: sorry, too many clients already"),
    "closed": InterfaceError("connection already closed"),
    "raw": psycopg.OperationalError("the database system is shutting down"),
    "no-room": OSError(errno.ENOSPC, "No space left on device"),
    "ours": ProgrammingError("no such column"),
    "file": OSError(errno.ENOENT, "No such file"),
}


def failing(request: HttpRequest, fault: str) -> HttpResponse:
    raise FAULTS[fault]


def chained(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a template failed") from FAULTS["raw"]


urlpatterns = [path("api/v1/<fault>", failing), path("chained", chained), path("<fault>", failing)]
handler500 = "lumenboard.pages.errors.server_error"


@pytest.fixture
def client(settings) -> Client:
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("fault", ["too-many-clients", "closed", "raw", "no-room", "chained"])
def test_a_page_says_when_to_come_again(client: Client, fault: str) -> None:
    answer = client.get(f"/{fault}")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert "try again in a few seconds" in answer.content.decode()


def test_the_api_says_it_as_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/closed")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "the database does not answer; try again in 5 s"


@pytest.mark.parametrize("fault", ["ours", "file"])
def test_a_fault_of_ours_stays_one(client: Client, fault: str) -> None:
    assert client.get(f"/{fault}").status_code == 500
