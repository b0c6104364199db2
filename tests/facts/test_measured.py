"""Measured figures on the model's page: they replace the reports of the same provider, simulated ones do not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lumenboard.facts.api_items import model_item
from lumenboard.facts.assembly import model_facts
from lumenboard.facts.markdown import model_markdown
from lumenboard.facts.providers import provider_facts
from lumenboard.facts.rows import find_model
from providers.telemetry.roll_up import roll_up_changed
from tests.facts.factories import make_endpoint, make_model, make_reported_performance
from tests.telemetry.factories import make_samples

pytestmark = pytest.mark.django_db
AT = timezone.now() - timedelta(days=2)


def make_measured_model():
    model = make_model("lantern")
    for provider in ("fal", "alibaba", "replicate"):
        make_endpoint(model, provider=provider)
        if provider != "replicate":
            make_reported_performance(model, provider=provider)
    return model, {endpoint.provider.slug: endpoint for endpoint in model.endpoints.all()}


def facts():
    roll_up_changed(timezone.now(), 90)
    return model_facts(find_model("lantern"))


def origins(found):
    return [(row.provider.slug, row.origin.kind, row.simulated) for row in found.performance]


def test_a_reported_figure_yields_to_calls_measured_at_its_own_provider_alone():
    _, endpoints = make_measured_model()
    make_samples(endpoints["fal"], *range(100, 120), started_at=AT)
    found = facts()
    assert origins(found) == [("fal", "measured", False), ("alibaba", "reported", False)]
    assert [provider.slug for provider in found.providers_without_performance] == ["replicate"]
    assert found.performance[0].success_lower == Decimal("0.838875")


def test_a_simulated_figure_stands_beside_the_report_and_says_so():
    _, endpoints = make_measured_model()
    make_samples(endpoints["fal"], *range(100, 120), simulated=True, started_at=AT)
    found = facts()
    assert origins(found) == [
        ("fal", "reported", False),
        ("alibaba", "reported", False),
        ("fal", "measured", True),
    ]
    assert "Origin: simulated: these calls went to a simulator, not to the provider" in model_markdown(found)


def test_what_is_withheld_is_told_on_every_face():
    _, endpoints = make_measured_model()
    make_samples(endpoints["fal"], *range(100, 109), started_at=AT)
    found = facts()
    text, item = model_markdown(found), model_item(found)
    assert "- Percentiles: withheld: 9 successful calls; percentiles need 10" in text
    assert "- Success Interval: 70.1% to 100.0% (95%)" in text
    assert item.performance[0].withheld == "9 successful calls; percentiles need 10"
    assert item.performance[0].p50_ms is None


def test_a_provider_s_page_has_its_measured_models():
    model, endpoints = make_measured_model()
    make_samples(endpoints["fal"], *range(100, 120), started_at=AT)
    roll_up_changed(timezone.now(), 90)
    (row,) = provider_facts("fal").performance
    assert (row.model.slug, row.figures.origin.kind, row.figures.requests) == (model.slug, "measured", 20)
