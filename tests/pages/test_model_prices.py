"""The providers page of a model: what a picture costs by size, and how prices changed."""

from datetime import UTC, datetime
from decimal import Decimal

import plotly.graph_objects as go
import pytest

from tests.facts.factories import make_endpoint, make_model, make_native_parameter, make_price

pytestmark = pytest.mark.django_db
PAGE = "/models/acme/lantern/providers"


@pytest.fixture
def crossing():
    """A price by megapixel with a surcharge, and two by image told apart by a parameter."""
    model = make_model(max_width_px=2048, max_height_px=2048)
    by_size = make_endpoint(model, provider="fal")
    make_price(by_size, metric="megapixel", amount_usd=Decimal("0.005"))
    make_price(by_size, metric="request", amount_usd=Decimal("0.0025"), conditions={"enable_prompt_expansion": True})
    flat = make_endpoint(model, provider="alibaba")
    for extends, amount in ((False, "0.015"), (True, "0.030")):
        make_price(flat, amount_usd=Decimal(amount), conditions={"prompt_extend": extends})
    return model


def test_the_cheapest_of_each_size_is_said_and_marked(client, crossing) -> None:
    answer = client.get(PAGE)
    table = answer.context["size_costs"]
    assert table["finding"] == "Fal is the cheapest up to 3 megapixels, Alibaba from 3"
    marked = {(row["key"], cost["size"]) for row in table["rows"] for cost in row["costs"] if cost["least"]}
    assert marked == {
        ("fal/lantern", "512×512"),
        ("fal/lantern", "1024×1024"),
        ("fal/lantern", "1536×1536"),
        ("alibaba/lantern", "2048×2048"),
    }
    assert "with prompt_extend false" in answer.content.decode()


def test_the_chart_says_the_same_as_its_table(client, crossing) -> None:
    chart = client.get(PAGE).context["chart"]
    go.Figure(chart.figure)
    assert len(chart.figure["data"]) == 4
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    assert "unsafe-inline" in client.get(PAGE)["Content-Security-Policy"]


def test_one_tariff_alone_is_not_drawn(client) -> None:
    make_endpoint(make_model(), per_image="0.02")
    answer = client.get(PAGE)
    assert answer.context["chart"] is None
    assert "plotly" not in answer.content.decode()


def test_an_edit_is_compared_among_those_that_edit(client) -> None:
    model = make_model(modes=["text-to-image", "image-edit"])
    make_endpoint(model, provider="fal", per_image="0.02", modes=["text-to-image"])
    make_endpoint(model, provider="replicate", per_image="0.03", modes=["image-edit"])
    for query, keys in (("", ["fal/lantern"]), ("?mode=image-edit", ["replicate/lantern"])):
        table = client.get(PAGE + query).context["size_costs"]
        assert [row["key"] for row in table["rows"]] == keys


def test_changes_of_prices_are_listed_newest_first(client) -> None:
    endpoint = make_endpoint(make_model())
    day = datetime(2026, 11, 10, tzinfo=UTC)
    make_price(endpoint, amount_usd=Decimal("0.03"), valid_to=day)
    make_price(endpoint, amount_usd=Decimal("0.02"), valid_from=day)
    answer = client.get(PAGE)
    assert [row["price"] for row in answer.context["history"]] == ["$0.020/image", "$0.030/image"]
    assert "the beginning" in answer.content.decode()


def test_without_a_change_the_page_says_so(client) -> None:
    make_endpoint(make_model(), per_image="0.02")
    assert "None is on record" in client.get(PAGE).content.decode()


def test_a_price_by_parameter_is_known_where_the_endpoint_has_a_default(client, crossing) -> None:
    flat = crossing.endpoints.get(provider__slug="alibaba")
    assert {row["key"]: row["example_usd"] for row in client.get(PAGE).context["endpoints"]}[flat.key] is None
    make_native_parameter(flat, "prompt_extend", type="boolean", default=False)
    assert {row["key"]: row["example_usd"] for row in client.get(PAGE).context["endpoints"]}[flat.key] == Decimal(
        "0.015"
    )
