"""Models, the log of requests and the balance, as a key sees them."""

import re

import pytest

from lumenboard.gateway.application import is_gateways
from lumenboard.gateway.operations import OPERATIONS
from providers.accounts.api_keys import create_api_key
from providers.models import ImageModel
from tests.dispatch.factories import make_account, make_endpoint
from tests.gateway.client import Client, Providers, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")


def test_models_are_listed_in_parts() -> None:
    make_sellers("alpha")
    other = make_endpoint("beta", "0.02", modes=["text-to-image"])
    ImageModel.objects.filter(pk=other.model_id).update(slug="raft", modes=["text-to-image"])
    make_account(other.provider, "openai", base_url="https://beta.example/v1")

    async def work(client: Client):
        asked = ("", "limit=1", "limit=1&starting_after=boat", "starting_after=raft", "limit=0", "limit=1001")
        return [await client.call("GET", "/openai/v1/models", query=query) for query in asked]

    whole, first, second, none, *wrong = with_gateway(Providers(), work)
    assert [model["id"] for model in whole.json["data"]] == ["boat", "raft"]
    assert [(one.json["last_id"], one.json["has_more"]) for one in (first, second)] == [("boat", True), ("raft", False)]
    assert first.json["data"] + second.json["data"] == whole.json["data"]
    assert (none.json["data"], none.json["first_id"], whole.json["has_more"]) == ([], None, False)
    assert [one.status for one in wrong] == [400, 400]


def test_models_are_listed_and_found_by_every_name() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        listed = await client.call("GET", "/openai/v1/models")
        one = await client.call("GET", "/openai/v1/models/alpha/boat")
        schema = await client.call("GET", "/v1/models/boat", query="schema=true")
        return listed.json, one.json, schema.json, (await client.call("GET", "/openai/v1/models/beta/boat")).status

    listed, one, schema, missing = with_gateway(Providers(), work)
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["boat"]
    assert (one["id"], one["object"], one["owned_by"]) == ("alpha/boat", "model", "atelier")
    assert isinstance(one["created"], int)
    assert [endpoint["key"] for endpoint in schema["schema"]["endpoints"]] == ["alpha/boat"]
    assert {"slug", "label", "parameters"} <= set(schema["schema"]["groups"][0])
    assert missing == 404


def test_the_log_is_paged_filtered_and_told_with_attempts() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        made = [(await client.generate()).headers["x-request-id"] for _ in range(3)]
        await client.generate(n=99)
        await client.gateway.log.flush()

        async def listed(query: str):
            return (await client.call("GET", "/v1/requests", query=query)).json

        first = await listed("limit=2&status=completed")
        rest = await listed(f"limit=2&status=completed&starting_after={first['last_id']}")
        back = await listed(f"ending_before={rest['first_id']}&status=completed")
        one = (await client.call("GET", f"/v1/requests/{made[0]}")).json
        rejected = await listed("status=rejected")
        return made, first, rest, back, one, rejected

    made, first, rest, back, one, rejected = with_gateway(Providers(), work)
    assert [row["id"] for row in first["data"]] == [made[2], made[1]]
    assert first["has_more"]
    assert [row["id"] for row in rest["data"]] == [made[0]]
    assert [row["id"] for row in back["data"]] == [made[2], made[1]]
    assert (one["status"], one["cost"], one["executed_model"]) == ("completed", 0.01, "alpha/boat")
    assert [attempt["state"] for attempt in one["attempts"]] == ["done"]
    assert rejected["data"][0]["error_code"] == "INVALID_REQUEST"


def test_another_keys_requests_are_not_there() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        return (await client.generate()).headers["x-request-id"]

    made = with_gateway(Providers(), work)
    stranger = create_api_key("stranger")
    told = with_gateway(Providers(), lambda client: client.call("GET", f"/v1/requests/{made}"), stranger.text)
    assert told.status == 404


def test_what_a_request_left_behind_can_be_taken_away() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        told = await client.generate()
        await client.gateway.log.flush()
        path = f"/v1/requests/{told.headers['x-request-id']}/payloads"
        first, again = (await client.call("DELETE", path)).json, (await client.call("DELETE", path)).json
        address, _, query = told.json["data"][0]["url"].partition("?")
        return first, again, await client.call("GET", "/media/" + address.rpartition("/")[2], query=query)

    first, again, gone = with_gateway(Providers(), work)
    assert (first["already_purged"], first["media_deleted"]) == (False, 1)
    assert (again["already_purged"], again["media_deleted"]) == (True, 0)
    assert gone.status == 404


def test_the_balance_is_what_the_budget_leaves() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        before = (await client.call("GET", "/v1/balance")).json
        await client.generate()
        return before, (await client.call("GET", "/v1/balance")).json

    before, after = with_gateway(Providers(), work)
    assert before["available"] == {"amount": 5.0, "currency": "USD"}
    assert after["available"]["amount"] == 4.99


def test_the_document_names_every_operation() -> None:
    make_sellers("alpha")
    told = with_gateway(Providers(), lambda client: client.call("GET", "/v1/openapi.json", authorization=""))
    written = [re.sub(r"\{\w+\}", "x", path) for path in told.json["paths"]]
    # beside the document itself, links to pictures, and what is refused
    unnamed = {"/v1/openapi.json", "/media/x", "/v1/images/variations"}
    for pattern, methods in OPERATIONS:
        is_named = any(pattern.fullmatch(path.removeprefix("/openai")) for path in written)
        assert is_named or any(map(pattern.fullmatch, unnamed)), (pattern.pattern, methods)
    assert all(map(is_gateways, written)), "the server would not ask the gateway"
