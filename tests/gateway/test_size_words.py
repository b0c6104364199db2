"""What becomes of a size beyond a model's maximum is told in the same words before a schedule, a dry run and a call."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from arena.generation.plan_generation import competition_request, read_offers
from arena.models import Competition
from providers.models import ImageModel, Intent
from providers.planning.call_plan import ImageRequest
from providers.pricing import Size
from tests.arena.factories import make_competition
from tests.gateway.client import Providers, make_sellers
from tests.gateway.test_dry_run import asked_twice, drawn_as_asked

pytestmark = pytest.mark.usefixtures("shared_database")
NOTE = "size: 2048x2048 was asked for, the model gives 1024x1024"


@pytest.fixture
def competition(shared_database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Competition]:
    """Of a model that draws 1024x1024 at most, sold by one provider."""
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")
    make_sellers("alpha")
    ImageModel.objects.update(max_width_px=1024, max_height_px=1024)
    made = make_competition()
    yield made
    made.delete()


@pytest.fixture
def operator(shared_database: None, client: Client) -> Iterator[Client]:
    user = User.objects.create_superuser("operator", password="a long secret")
    client.force_login(user)
    yield client
    user.delete()


def test_a_size_beyond_the_maximum_is_drawn_smaller_and_everyone_is_told(
    operator: Client, competition: Competition
) -> None:
    chosen = {"model": ImageModel.objects.get().pk, "size": "2048x2048", "images": "1", "entry_status": "held"}
    page = operator.get(f"/ops/competitions/{competition.public_id}/generate", chosen).content.decode()
    assert f"<small>S{NOTE[1:]}</small>" in page
    dry, real = asked_twice(Providers({"alpha.example": drawn_as_asked}), size="2048x2048")
    assert (dry.status, real.status) == (200, 200), (dry.content, real.content)
    assert dry.json["notes"] == real.json["metadata"]["notes"] == [NOTE]
    assert real.json["size"] == "1024x1024"
    assert Intent.objects.get().order["size"] == [1024, 1024]


def test_nothing_is_told_of_a_size_that_is_drawn_as_asked(operator: Client, competition: Competition) -> None:
    chosen = {"model": ImageModel.objects.get().pk, "size": "768x768", "images": "1", "entry_status": "held"}
    page = operator.get(f"/ops/competitions/{competition.public_id}/generate", chosen).content.decode()
    assert "was asked for" not in page
    dry, real = asked_twice(Providers({"alpha.example": drawn_as_asked}), size="768x768")
    assert "notes" not in dry.json
    assert "notes" not in real.json["metadata"]


@pytest.mark.parametrize("size", ["4000x100", "8x8"])
def test_a_size_that_nobody_draws_is_refused_alike(competition: Competition, size: str) -> None:
    width, height = map(int, size.split("x"))
    request: ImageRequest = competition_request(competition, Size(width_px=width, height_px=height), {})
    (offers,) = read_offers(request).values()
    dry, real = asked_twice(Providers(), size=size)
    assert (dry.status, real.status) == (400, 400)
    assert offers[0].why_not == dry.error["message"] == real.error["message"]
    assert offers[0].why_not.startswith("size: ")
