"""The list of providers, the page of each, and the site index."""

import pytest

from providers.models import Endpoint, ImageModel
from tests.facts.factories import (
    make_creator,
    make_endpoint,
    make_model,
    make_provider,
    make_reported_performance,
)

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


def text_of(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def make_providers(count):
    for number in range(count):
        for provider in range(count):
            model = make_model(f"m{number}-{provider}")
            make_endpoint(model, provider=f"p{provider}", per_image="0.01")
            make_reported_performance(model, provider=f"p{provider}")


@pytest.mark.parametrize("address", ["/providers", "/providers/p1", "/llms.txt"])
def test_pages_cost_the_same_for_few_and_many(client, address, django_assert_max_num_queries):
    make_providers(5)
    with django_assert_max_num_queries(MOST_QUERIES):
        text_of(client, address)


def test_a_provider_page_shows_models_prices_and_where_figures_come_from(client):
    model = make_model()
    make_endpoint(model, per_image="0.042", notes=["eight steps"])
    make_reported_performance(model, p50_ms=2169)
    text = text_of(client, "/providers/fal")
    for part in ("Lantern", "fal/lantern", "$0.042/image", "eight steps", "2,169 ms", "reported by cards.example"):
        assert part in text


def test_an_unknown_provider_is_not_found_and_near_names_are_offered(client):
    make_provider("replicate")
    assert "/providers/replicate" in text_of(client, "/providers/replcate", 404)
    assert "no such provider" in text_of(client, "/providers/%25", 404)


def test_a_provider_that_sells_nothing_says_so(client):
    make_provider("quiet")
    assert "No endpoints" in text_of(client, "/providers/quiet")
    assert "No providers yet" not in text_of(client, "/providers")


def test_no_providers_says_what_to_do(client):
    assert "No providers yet" in text_of(client, "/providers")


def test_the_index_links_every_model_and_provider(client, settings):
    make_endpoint(make_model(name="Lan[tern"))
    text = text_of(client, "/llms.txt")
    assert f"- [Lan\\[tern by Acme]({settings.SITE_URL}/models/acme/lantern/llms.txt)" in text
    assert f"- [Fal]({settings.SITE_URL}/providers/fal): 1 models, 1 endpoints" in text


def test_many_endpoints_come_page_by_page_with_the_figures_of_their_models(client):
    creator, fal = make_creator(), make_provider()
    models = ImageModel.objects.bulk_create(
        ImageModel(slug=f"m-{n:03}", name=f"Model {n:03}", creator=creator) for n in range(501)
    )
    Endpoint.objects.bulk_create(Endpoint(key=f"fal/{one.slug}", model=one, provider=fal) for one in models)
    for model in (models[0], models[-1]):
        make_reported_performance(model, p50_ms=2169)
    first, last = (text_of(client, f"/providers/fal?page={page}") for page in (1, 3))
    assert "Sells 501 models through 501 endpoints" in first
    for text, shown, elsewhere in ((first, "Model 000", "Model 500"), (last, "Model 500", "Model 000")):
        assert text.count(shown) == 2
        assert elsewhere not in text
    answer = client.get("/api/v1/providers/fal?page=2")
    assert answer["X-Total-Count"] == "501"
    assert [row["key"] for row in answer.json()["endpoints"]] == ["fal/m-500"]
    assert [row["model"]["slug"] for row in answer.json()["performance"]] == ["m-500"]
    assert client.get("/api/v1/providers/fal?page=0").status_code == 422
