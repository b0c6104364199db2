"""A model that only a draft speaks of does not exist for holders of keys either."""

from typing import Any

import pytest

from arena.models import Competition
from lumenboard.gateway.openapi import document
from tests.arena.factories import make_competition, make_entry, make_model
from tests.dispatch.factories import make_endpoint
from tests.dispatch.plain import png
from tests.gateway.client import Client, Providers, Told, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
SECRET, NOBODY = "zqxveil-amber", "kkhorrn-amber"


def asked_of(name: str) -> Any:
    """Every operation that takes a model's name, and every list."""

    async def work(client: Client) -> list[Told]:
        paths = [path for path, operations in document()["paths"].items() if "get" in operations and "{" not in path]
        # first, for a key's log names what it has asked
        lists = [await client.call("GET", path) for path in paths]
        return [
            *lists,
            await client.call("GET", f"/openai/v1/models/{name}"),
            await client.call("GET", f"/openai/v1/models/{name}", query="schema=true"),
            await client.generate(model=name),
            await client.generate(query="dryRun=true", model=name),
            await client.generate(model=name[:-1]),
            await client.edit([("image", png(8, 8))], model=name),
        ]

    return work


def test_an_unannounced_model_is_answered_like_one_that_does_not_exist() -> None:
    make_endpoint()
    secret = make_model("Zqxveil Amber", SECRET, modes=["text-to-image"])
    make_entry(make_competition("Zqxveil launch", status="draft"), secret)
    try:
        answers = with_gateway(Providers(), asked_of(SECRET)), with_gateway(Providers(), asked_of(NOBODY))
    finally:
        Competition.objects.all().delete()
    for one, other in zip(*answers, strict=True):
        assert one.status == other.status
        own = one.content.replace(SECRET[:-1].encode(), NOBODY[:-1].encode())
        assert b"zqxveil" not in own.lower()
        assert own == other.content or one.status == 200
    assert [one.status for one in answers[0][-6:]] == [404] * 6
