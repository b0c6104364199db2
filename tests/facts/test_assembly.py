"""Facts out of rows: in a fixed number of queries, measured before reported, endpoints before declarations."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lumenboard.facts import rows
from lumenboard.facts.assembly import STANDARD_SIZE, model_facts
from lumenboard.facts.narrow import in_mode
from providers.models import CuratedImage, ModelParameter
from tests.facts.factories import (
    make_endpoint,
    make_model,
    make_native_parameter,
    make_price,
    make_reported_performance,
    make_reported_standing,
)

pytestmark = pytest.mark.django_db
BOTH = ["text-to-image", "image-edit"]


def facts_of(slug="lantern"):
    return model_facts(rows.find_model(slug))


def make_busy_model(slug, size):
    model = make_model(slug, aliases=[f"{slug}-alias-{n}" for n in range(size)])
    for n in range(size):
        endpoint = make_endpoint(model, provider=f"p{n}", per_image="0.01")
        make_native_parameter(endpoint, "seed", type="integer")
        make_reported_performance(model, provider=f"p{n}")
        make_reported_standing(model, title=f"Board {n}")
        CuratedImage.objects.create(model=model, prompt=f"fox {n}", url=f"https://pictures.example/{n}")
        ModelParameter.objects.create(model=model, name=f"declared_{n}")
    return model


def test_the_number_of_queries_does_not_grow_with_what_is_known(django_assert_num_queries):
    make_busy_model("small", 1)
    make_busy_model("large", 6)
    for slug, known in (("small", 1), ("large", 6)):
        with django_assert_num_queries(10):
            facts = facts_of(slug)
        assert (len(facts.endpoints), len(facts.curated_images), len(facts.identity.aliases)) == (known,) * 3


def test_a_model_is_found_by_its_alias():
    make_model(aliases=["torch"])
    assert facts_of("torch").identity.slug == "lantern"
    assert rows.find_model("candle") is None


def test_only_prices_in_force_and_enabled_endpoints_are_facts():
    model = make_model()
    now = timezone.now()
    endpoint = make_endpoint(model)
    make_price(endpoint, amount_usd=Decimal("0.01"), valid_to=now - timedelta(days=1))
    make_price(endpoint, amount_usd=Decimal("0.02"))
    make_price(endpoint, amount_usd=Decimal("0.03"), valid_from=now + timedelta(days=1), conditions={"q": "x"})
    make_endpoint(model, provider="off", per_image="0.001", is_enabled=False)
    facts = facts_of()
    assert [price.amount_usd for price in facts.endpoints[0].prices] == [Decimal("0.02")]
    assert facts.starting_price.amount_usd == Decimal("0.02")


def test_the_headline_price_is_for_the_first_mode_that_has_one():
    model = make_model(modes=BOTH)
    make_endpoint(model, provider="cheap", per_image="0.001", modes=["image-edit"])
    make_endpoint(model, provider="fal", per_image="0.02", modes=["text-to-image"])
    facts = facts_of()
    assert (facts.starting_price.amount_usd, facts.starting_price.mode) == (Decimal("0.02"), "text-to-image")
    assert in_mode(facts, "image-edit", STANDARD_SIZE).starting_price.amount_usd == Decimal("0.001")


def test_a_mode_leaves_its_endpoints_parameters_performance_and_examples():
    model = make_model(modes=BOTH)
    make_endpoint(model, provider="painter", modes=["text-to-image"])
    make_native_parameter(make_endpoint(model, provider="editor", modes=["image-edit"]), "strength")
    make_reported_performance(model, "painter")
    make_reported_performance(model, "editor")
    seen = in_mode(facts_of(), "text-to-image", STANDARD_SIZE)
    assert [endpoint.provider.slug for endpoint in seen.endpoints] == ["painter"]
    assert [row.provider.slug for row in seen.performance] == ["painter"]
    assert "strength" not in {parameter.name for parameter in seen.parameters}
    assert "image" not in {parameter.name for parameter in seen.parameters}
    assert {example.mode for example in seen.code_examples} == {"text-to-image"}


def test_providers_without_figures_are_named():
    model = make_model()
    make_endpoint(model, provider="fal")
    make_endpoint(model, provider="quiet")
    make_reported_performance(model, "fal")
    assert [provider.slug for provider in facts_of().providers_without_performance] == ["quiet"]


def test_the_about_text_names_this_site(settings):
    settings.SITE_NAME = "Lumen Test"
    make_model(about="Runs on {{ site }}.")
    assert facts_of().about == "Runs on Lumen Test."
