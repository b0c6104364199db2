"""The page of prices: every example in it costs what it says."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.catalogue.codec import decode
from providers.pricing import Cost, PricingInput, Size, UnknownCost, compute_cost, size_from_text, usage_from
from providers.sheet import PriceSheet

PAGE = (Path(__file__).resolve().parents[2] / "docs/prices.md").read_text()
EXAMPLES = re.findall(r"^\| `(\[.*\])` \| `(\{.*\})` \| (\S+) \|$", PAGE, re.MULTILINE)


def read(text: str) -> Size:
    found = size_from_text(text)
    assert found
    return found


def order_of(request: dict[str, Any]) -> PricingInput:
    return PricingInput(
        size=read(request["size"]),
        images=request.get("images", 1),
        inputs=tuple(map(read, request.get("inputs", ()))),
        parameters=request.get("parameters", {}),
        text_tokens=request.get("text_tokens"),
    )


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 15


@pytest.mark.parametrize(("components", "request_text", "cost"), EXAMPLES)
def test_every_example_costs_what_the_page_says(components, request_text, cost) -> None:
    request = json.loads(request_text)
    prices = [decode(PriceSheet, one) for one in json.loads(components)]
    found = compute_cost(prices, order_of(request), usage_from(request["usage"]) if "usage" in request else None)
    if cost == "unknown":
        assert isinstance(found, UnknownCost)
    else:
        assert isinstance(found, Cost), found
        assert found.total_usd == Decimal(cost)
