"""Models and providers over REST."""

import pytest

from tests.facts.factories import (
    make_endpoint,
    make_model,
    make_native_parameter,
    make_price,
    make_provider,
    make_reported_performance,
)

pytestmark = pytest.mark.django_db


def get(client, address, status=200):
    answer = client.get(f"/api/v1{address}")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_models_are_listed_by_filter_page_by_page(client, django_assert_max_num_queries):
    for number in range(7):
        make_endpoint(make_model(f"m{number}", tags=["fast"] if number % 2 else []), per_image="0.01")
    with django_assert_max_num_queries(10):
        found = get(client, "/models?limit=3&page=2&sort=name")
    assert ([item["slug"] for item in found["items"]], found["count"], found["pages"]) == (["m3", "m4", "m5"], 7, 3)
    assert get(client, "/models?tag=fast")["count"] == 3
    assert get(client, "/models?page=9")["items"] == []


def test_money_is_text_with_every_digit(client):
    endpoint = make_endpoint(make_model())
    make_price(endpoint, metric="megapixel", amount_usd="0.005")
    (item,) = get(client, "/models")["items"]
    assert item["starting_price"]["amount_usd"] == "0.00524288"
    facts = get(client, "/models/lantern")
    assert facts["endpoints"][0]["image_cost"] == {
        "size": "1024x1024",
        "amount_usd": "0.00524288",
        "unknown_because": "",
    }
    assert facts["endpoints"][0]["prices"][0]["amount_usd"] == "0.005000000"


def test_an_alias_answers_with_the_model_s_own_slug(client):
    make_model(aliases=["torch"])
    assert get(client, "/models/torch")["slug"] == "lantern"


def test_an_unknown_slug_says_what_was_perhaps_meant(client):
    make_model()
    problem = get(client, "/models/lantren", 404)
    assert problem == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "slug: there is no model 'lantren'; did you mean 'lantern'?",
        "did_you_mean": ["lantern"],
    }
    make_provider("replicate")
    assert get(client, "/providers/replcate", 404)["did_you_mean"] == ["replicate"]


@pytest.mark.parametrize("query", ["mode=video", "status=x", "sort=x", "page=0", "limit=101"])
def test_a_value_that_is_not_allowed_is_refused_by_name(client, query):
    assert query.split("=")[0] in str(get(client, f"/models?{query}", 422))


def test_the_compiled_schema_can_be_asked_for_alone(client):
    endpoint = make_endpoint(make_model())
    make_native_parameter(endpoint, "seed", type="integer", group="core")
    schema = get(client, "/models/lantern?schema=true")
    assert set(schema) == {"model", "modes", "groups"}
    core = [parameter["name"] for parameter in schema["groups"][0]["parameters"]]
    assert core == ["prompt", "seed"]


def test_reported_figures_carry_their_origin(client):
    model = make_model()
    make_endpoint(model)
    make_endpoint(model, provider="quiet")
    make_reported_performance(model)
    facts = get(client, "/models/lantern")
    (row,) = facts["performance"]
    assert row["origin"] == {"kind": "reported", "source": "cards.example", "reported_on": "2026-11-01"}
    assert (row["success_rate"], row["simulated"]) == ("0.95", False)
    assert [provider["slug"] for provider in facts["providers_without_performance"]] == ["quiet"]


def test_providers_are_listed_and_read(client):
    model = make_model()
    make_endpoint(model, per_image="0.04")
    make_reported_performance(model)
    (item,) = get(client, "/providers")["items"]
    assert (item["slug"], item["models"], item["starting_usd"], item["price_size"]) == ("fal", 1, "0.04", "1024x1024")
    facts = get(client, "/providers/fal")
    assert facts["endpoints"][0]["model"] == {"slug": "lantern", "name": "Lantern"}
    assert facts["performance"][0]["model"]["slug"] == "lantern"


def test_every_operation_is_described(client):
    paths = get(client, "/openapi.json")["paths"]
    described = [
        paths[f"/api/v1{path}"]["get"] for path in ("/models", "/models/{slug}", "/providers", "/providers/{slug}")
    ]
    assert all(operation["description"] and operation["summary"] for operation in described)
