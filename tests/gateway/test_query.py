"""What stands in a query: read within bounds, and switches in every way people write them."""

import pytest

from providers.models import Intent
from tests.gateway.client import Client, Providers, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
BOUNDS = ["&".join(["a"] * 101), "a=1&" * 200, "x" * 8001 + "&dryRun=true"]


@pytest.fixture(autouse=True)
def _sold(shared_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")
    make_sellers("alpha")


@pytest.mark.parametrize("query", BOUNDS)
@pytest.mark.parametrize("path", ["/openai/v1/models", "/v1/requests", "/media/x.png", "/v1/openapi.json"])
def test_a_query_beyond_its_bounds_is_refused_in_the_envelope(path: str, query: str) -> None:
    told = with_gateway(Providers(), lambda client: client.call("GET", path, query=query))
    assert (told.status, told.error["code"], told.headers["x-request-id"][:4]) == (400, "INVALID_REQUEST", "req_")
    assert "allowed are" in told.error["message"]


@pytest.mark.parametrize("query", BOUNDS)
def test_a_query_beyond_its_bounds_costs_nothing(query: str) -> None:
    told = with_gateway(Providers(), lambda client: client.generate(query))
    assert (told.status, Intent.objects.count()) == (400, 0)


def asked(*queries: str) -> list[dict[str, object]]:
    async def work(client: Client) -> list[dict[str, object]]:
        return [(await client.generate(query)).json for query in queries]

    return with_gateway(Providers(), work)


def test_a_dry_run_is_understood_however_it_is_written() -> None:
    names = ("dryRun", "dryrun", "DRYRUN", "dry_run", "Dry_Run")
    words = ("", "=", "=true", "=TRUE", "=1", "=yes", "=on", "=%20on")
    told = asked(*(f"{name}{word}" for name in names for word in words), "dryRun=true&dryRun", "dryRun&dry_run=1")
    assert all(answer.get("estimated") for answer in told), told
    assert Intent.objects.count() == 0


def test_a_dry_run_that_is_refused_is_a_call() -> None:
    told = asked(*(f"{name}={word}" for name in ("dryRun", "dry_run") for word in ("false", "0", "off", "No")))
    assert all("data" in answer for answer in told), told
    assert Intent.objects.count() == 8


@pytest.mark.parametrize("query", ["dryRun=maybe", "dry_run=2", "dryrun=tru", "dryRun=true&dry_run=false"])
def test_a_word_that_is_neither_names_the_parameter_and_costs_nothing(query: str) -> None:
    told = with_gateway(Providers(), lambda client: client.generate(query))
    assert (told.status, told.error["param"], Intent.objects.count()) == (400, "dryRun", 0)


def test_other_switches_are_read_alike() -> None:
    told = with_gateway(Providers(), lambda client: client.call("GET", "/v1/models/boat", query="Schema"))
    assert told.json["schema"]["endpoints"]
    refused = with_gateway(Providers(), lambda client: client.generate("async=perhaps"))
    assert (refused.status, refused.error["param"], Intent.objects.count()) == (400, "async", 0)
