"""A model's slug may hold the dots of its version; nothing that could be a path or the end of an address."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from providers.catalogue.checks import problems_in
from providers.models import ImageModel
from tests.catalogue.factories import make_sheet, store, stored

GOOD = ("gpt-image-1.5", "v1.0.3", "flux.2", "Plain_1")
BAD = (".", "..", "a..b", ".hidden", "ends.", "a/b", "a b", "ä.1", "a.\n", "")


@pytest.mark.parametrize("slug", GOOD)
def test_dots_between_other_characters_are_taken(slug: str) -> None:
    assert problems_in(make_sheet(slug, aliases=(f"{slug}-x",))) == []


@pytest.mark.parametrize("slug", BAD)
def test_other_dots_are_refused_with_what_is_allowed(slug: str) -> None:
    assert "single dots between them" in str(problems_in(make_sheet(slug))[0])


@pytest.mark.django_db
def test_a_model_with_a_dot_has_its_pages_its_card_and_its_json(client: Client) -> None:
    model = store(make_sheet("gpt-image-1.5", aliases=("image.1",)))[0]
    model.full_clean()
    assert stored("gpt-image-1.5").aliases == ("image.1",)
    page = model.get_absolute_url()
    for address in (page, f"{page}/api", f"{page}/llms.txt", "/api/v1/models/gpt-image-1.5", "/api/v1/models/image.1"):
        assert client.get(address).status_code == 200, address
    model.slug = "a..b"
    with pytest.raises(ValidationError, match="single dots"):
        model.full_clean()
    assert ImageModel.objects.get().slug == "gpt-image-1.5"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["models", "leaderboards", "models/nothing", "docs"])
def test_head_on_the_api_answers_like_get(client: Client, path: str) -> None:
    got, head = client.get(f"/api/v1/{path}"), client.head(f"/api/v1/{path}")
    assert head.status_code == got.status_code != 405
    assert head.content == b""
    assert head["Content-Type"] == got["Content-Type"]
