"""Models and aliases that are to end: warned of until their day, answered 410 from then on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.models import ImageModel, Intent
from tests.gateway.client import Client, Providers, Told, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")


def make_boat(**model: Any) -> ImageModel:
    make_sellers("alpha")
    ImageModel.objects.update(**model)
    return ImageModel.objects.get()


def asked(name: str) -> tuple[Told, Told]:
    """The dry run and then the call."""

    async def work(client: Client) -> tuple[Told, Told]:
        return await client.generate("dryRun=true", model=name), await client.generate(model=name)

    return with_gateway(Providers(), work)


def test_a_retired_model_is_answered_410_with_its_successor() -> None:
    make_boat(status="deprecated", sunset_on=TODAY, successor="ship")
    for told in asked("boat"):
        assert (told.status, told.error["code"], told.error["param"]) == (410, "MODEL_RETIRED", "model")
        assert told.error["message"] == f"model: boat was retired on {TODAY}; use ship"
        assert told.json["metadata"] == {"successor": "ship"}
    assert not Intent.objects.exists()


def test_so_is_one_that_nobody_sells_any_more() -> None:
    make_boat(status="deprecated", sunset_on=TODAY, successor="ship").endpoints.all().delete()
    assert [told.status for told in asked("boat")] == [410, 410]


def test_until_its_day_every_call_is_warned() -> None:
    day = TODAY + timedelta(days=9)
    model = make_boat(status="deprecated", sunset_on=day, successor="ship")
    for told in asked("boat"):
        assert told.status == 200, told.content
        assert told.json["metadata"]["warnings"] == [
            {
                "parameter": "model",
                "kind": "deprecated",
                "wanted": "boat",
                "done": f"it is answered no more from {day} on",
                "message": f"model: boat was asked for, it is answered no more from {day} on: use ship",
            }
        ]
        assert told.headers["sunset"] == f"{day:%a, %d %b %Y} 00:00:00 GMT"
        assert told.headers["deprecation"] == f"@{int(model.updated_at.timestamp())}"
        assert told.headers["link"] == '</openai/v1/models/ship>; rel="successor-version"'
        assert told.headers["x-lumenboard-warnings"] == "1"


def test_an_alias_ends_by_itself() -> None:
    model = make_boat()
    model.aliases.create(slug="old-boat", sunset_on=TODAY)
    model.aliases.create(slug="boat-latest", sunset_on=TODAY + timedelta(days=1))
    gone, _ = asked("old-boat")
    assert (gone.status, gone.json["metadata"]["successor"]) == (410, "boat")
    _, warned = asked("boat-latest")
    assert (warned.status, warned.json["metadata"]["warnings"][0]["kind"]) == (200, "deprecated")
    _, own = asked("boat")
    assert (own.status, "sunset" in own.headers, "warnings" in own.json["metadata"]) == (200, False, False)
