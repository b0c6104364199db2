"""Provider analytics as pages: what the address chooses, what is said, what every chart carries."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import plotly.graph_objects as go
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from providers.models import Endpoint
from providers.telemetry.histogram import Histogram
from providers.telemetry.import_samples import record_samples
from providers.telemetry.roll_up import roll_up_days
from providers.telemetry.series import IntervalEstimate, difference, percentile_interval
from tests.facts.factories import make_endpoint, make_model
from tests.telemetry.factories import make_sample

pytestmark = pytest.mark.django_db(transaction=True)

PRICE = Decimal("0.01")


def make_calls() -> None:
    now = timezone.now() - timedelta(days=2)
    model = make_model()
    for provider, base, failures in (("fal", 2000, 1), ("replicate", 6000, 12)):
        endpoint = make_endpoint(model, provider=provider)
        calls = [
            make_sample(
                endpoint,
                started_at=now + timedelta(minutes=9 * n),
                total_ms=base + 40 * n,
                ttfb_ms=base,
                cost_usd=PRICE,
            )
            for n in range(30)
        ]
        calls += [
            make_sample(endpoint, started_at=now + timedelta(minutes=n), total_ms=60, ttfb_ms=None, status="upstream")
            for n in range(failures)
        ]
        record_samples(calls)
    roll_up_days(now.date(), timezone.now().date())


def get(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_who_is_fastest_and_who_is_not_ranked() -> None:
    make_calls()
    page = get("/analytics")
    assert re.search(r"Over the last 30 days \w+ is fastest", page)
    assert page.count("data-chart=") >= 7


def test_every_chart_is_a_figure_with_its_table() -> None:
    make_calls()
    page = get("/analytics")
    figures = re.findall(r"<template data-chart-figure>(.*?)</template>", page, re.DOTALL)
    assert len(figures) == page.count("chart-numbers")
    for text in figures:
        figure = json.loads(unescape(text))
        go.Figure({**figure, "data": [{k: v for k, v in trace.items() if k != "meta"} for trace in figure["data"]]})


def test_the_address_chooses_and_is_kept() -> None:
    make_calls()
    model = Endpoint.objects.get(provider__slug="fal").model.slug
    page = get(f"/analytics?model={model}&provider=fal&window=7d")
    assert Endpoint.objects.get(provider__slug="fal").key in page
    assert Endpoint.objects.get(provider__slug="replicate").key not in page
    assert '<option value="7d" selected>' in page
    assert Client().get("/analytics?model=nobody").status_code == 404


def test_an_empty_span_says_what_to_do() -> None:
    make_calls()
    page = get("/analytics?window=1h")
    assert "No calls here" in page
    assert "Known here, without calls" in page


def test_a_page_is_small_and_costs_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_calls()
    with django_assert_max_num_queries(12):
        page = get("/analytics")
    assert len(page.encode()) < 150_000


def test_a_percentile_s_interval_holds_its_value() -> None:
    histogram = Histogram.of(list(range(1000, 2000, 10)))
    found = percentile_interval(histogram, 50)
    assert found
    assert found.lower < found.value < found.upper
    assert percentile_interval(Histogram.of([5] * 9), 50) is None


def test_a_difference_is_clear_only_where_zero_lies_outside() -> None:
    far = difference(IntervalEstimate(10, 9, 11), IntervalEstimate(5, 4, 6))
    near = difference(IntervalEstimate(10, 9, 11), IntervalEstimate(9.5, 8.5, 10.5))
    assert far
    assert near
    assert (far.value, far.is_clear, near.is_clear) == (5, True, False)
    assert difference(None, IntervalEstimate(1, 1, 1)) is None


def test_two_providers_are_told_apart_with_an_interval(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_calls()
    model = Endpoint.objects.get(provider__slug="fal").model.slug
    with django_assert_max_num_queries(12):
        page = get(f"/analytics/compare?model={model}&a=fal&b=replicate")
    assert "Fal faster" in page
    assert "Fal succeeds more often" in page
    assert "95% interval" in page


def test_a_comparison_without_a_model_asks_for_one() -> None:
    make_calls()
    assert "Choose a model" in get("/analytics/compare")
    assert Client().get("/analytics/compare?model=nobody").status_code == 404


def test_a_provider_s_page_shows_its_days_and_incidents() -> None:
    make_calls()
    page = get("/providers/fal")
    assert "day-strip" in page
    assert "No interval of elevated failure or latency was found" in page
