"""The list of models, the model page and its sub-pages, as a reader asks for them."""

from datetime import date

import pytest
from django.core.management import call_command

from lumenboard.pages.models.page import PAGES
from tests.facts.factories import (
    make_endpoint,
    make_model,
    make_reported_performance,
    make_reported_standing,
    seed_card,
)

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
SUB_PAGES = [page for page in PAGES if page != "overview"]
BOTH = ["text-to-image", "image-edit"]


def text_of(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def names_on(client, address):
    """Names in the order of the list."""
    return [model.name for model in client.get(address).context["models"]]


def make_many_models(count):
    for number in range(count):
        model = make_model(f"model-{number:02}", creator=f"c{number % 3}", tags=[f"t{number}"])
        make_endpoint(model, provider=f"p{number % 4}", per_image=f"0.0{number + 10}")


@pytest.mark.parametrize("sort", ["rating", "price", "name", "newest"])
def test_the_list_costs_the_same_for_few_and_many(client, sort, django_assert_max_num_queries):
    make_many_models(30)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert len(names_on(client, f"/models?sort={sort}&mode=text-to-image")) == 25


@pytest.mark.parametrize("page", ["", *(f"/{page}" for page in SUB_PAGES), "/llms.txt"])
def test_every_page_of_a_model_stays_within_its_queries(client, page, django_assert_max_num_queries):
    call_command("import_model_card", str(seed_card()), verbosity=0)
    # the page of providers asks beside whether these are compared
    with django_assert_max_num_queries(MOST_QUERIES + (page == "/providers")):
        text_of(client, f"/models/alibaba/z-image-turbo{page}")


@pytest.mark.parametrize("page", ["", *(f"/{page}" for page in SUB_PAGES)])
def test_every_page_of_a_model_of_which_little_is_known_answers(client, page):
    make_model(modes=[])
    assert "Lantern" in text_of(client, f"/models/acme/lantern{page}")


def test_each_filter_narrows(client):
    make_endpoint(make_model("lantern", tags=["fast"], modes=BOTH), provider="fal")
    make_endpoint(make_model("torch", creator="umbra", status="preview"), provider="replicate")
    for query in ("q=lant", "q=acme", "q=fast", "mode=image-edit", "creator=acme", "provider=fal", "tag=fast"):
        assert names_on(client, f"/models?{query}") == ["Lantern"], query
    assert names_on(client, "/models?status=preview") == ["Torch"]
    assert names_on(client, "/models?q=lantern&creator=umbra") == []


def test_a_provider_filter_with_a_mode_means_that_the_provider_serves_that_mode(client):
    make_endpoint(make_model(modes=BOTH), provider="fal", modes=["text-to-image"])
    assert names_on(client, "/models?provider=fal&mode=text-to-image") == ["Lantern"]
    assert names_on(client, "/models?provider=fal&mode=image-edit") == []


def test_orders(client):
    make_endpoint(make_model("alpha", released_on=date(2026, 1, 1)), per_image="0.05")
    make_endpoint(make_model("beta", released_on=date(2026, 6, 1)), per_image="0.01")
    make_model("gamma")
    assert names_on(client, "/models?sort=price") == ["Beta", "Alpha", "Gamma"]
    assert names_on(client, "/models?sort=newest")[:2] == ["Beta", "Alpha"]
    assert names_on(client, "/models?sort=name") == ["Alpha", "Beta", "Gamma"]


@pytest.mark.parametrize("query", ["sort=x", "mode=x", "page=x", "page=999", "tag=%27", "status=x"])
def test_a_strange_query_is_no_error(client, query):
    make_model()
    text_of(client, f"/models?{query}")


def test_an_empty_list_says_what_to_do(client):
    assert "No models yet" in text_of(client, "/models")
    make_model()
    assert "No model fits" in text_of(client, "/models?q=candle")


@pytest.mark.parametrize("page", ["", "/gallery", "/llms.txt"])
def test_an_alias_and_a_wrong_creator_lead_to_the_model_s_own_address(client, page):
    make_model(aliases=["torch"])
    for address in ("/models/acme/torch", "/models/umbra/lantern"):
        answer = client.get(f"{address}{page}?mode=x")
        assert (answer.status_code, answer["Location"]) == (301, f"/models/acme/lantern{page}?mode=x")


def test_an_unknown_model_is_not_found_and_near_names_are_offered(client):
    make_model(aliases=["torch"])
    assert "Did you mean" in text_of(client, "/models/acme/lantren", 404)
    assert "/models/acme/lantern" in text_of(client, "/models/acme/torhc", 404)
    assert "Did you mean" not in text_of(client, "/models/acme/zzz", 404)
    assert "/models/acme/lantern/llms.txt" in text_of(client, "/models/acme/lantren/llms.txt", 404)
    assert "no such model" in text_of(client, "/models/acme/%25", 404)


def test_the_starting_price_names_the_size_it_is_for(client):
    make_endpoint(make_model(), per_image="0.042")
    text = text_of(client, "/models/acme/lantern")
    assert "From $0.042 per 1024×1024 image through Fal" in text


def test_an_unknown_cost_says_why(client):
    make_endpoint(make_model())
    assert "Cost of one image unknown: no price is known." in text_of(client, "/models/acme/lantern/providers")


def test_reported_figures_are_said_to_be_reported(client):
    model = make_model()
    make_endpoint(model)
    make_reported_performance(model)
    make_reported_standing(model)
    for page, mark in (("", 2), ("/providers", 1), ("/benchmarks", 1)):
        text = text_of(client, f"/models/acme/lantern{page}")
        assert text.count("reported by cards.example, 1 November 2026") >= mark, page
        assert 'badge-reported"' in text


def test_a_mode_narrows_the_page_and_stays_in_its_links(client):
    model = make_model(modes=BOTH)
    make_endpoint(model, provider="painter", modes=["text-to-image"])
    make_endpoint(model, provider="editor", modes=["image-edit"])
    text = text_of(client, "/models/acme/lantern?mode=image-edit")
    assert "editor/lantern" in text
    assert "painter/lantern" not in text
    assert "/models/acme/lantern/api?mode=image-edit" in text
    assert "painter/lantern" in text_of(client, "/models/acme/lantern?mode=unknown")


def test_pages_with_examples_say_that_a_call_takes_a_key_of_the_gateway(client):
    make_model()
    for page in ("", "/api"):
        assert 'href="/docs/gateway"' in text_of(client, f"/models/acme/lantern{page}")


def test_demonstration_models_are_labelled(client):
    make_model(is_demo=True)
    for address in ("/models", "/models/acme/lantern", "/models/acme/lantern/gallery"):
        assert "badge-demo" in text_of(client, address)


def test_the_markdown_face_is_markdown(client):
    make_model()
    answer = client.get("/models/acme/lantern/llms.txt")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.content.decode().startswith("# Lantern\n")


def test_hostile_texts_are_shown_as_text(client):
    hostile = "<script>alert(1)</script>"
    model = make_model(name=hostile, tagline=hostile, about=hostile, tags=[hostile], example_prompt=hostile)
    make_endpoint(model, notes=[hostile])
    make_reported_standing(model, title=hostile)
    for page in ("", "/about", "/providers", "/benchmarks"):
        assert hostile not in text_of(client, f"/models/acme/lantern{page}")
