"""A compiled schema as JSON: groups of parameters, and each endpoint with what it takes and charges. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from providers.planning.schema.compile import ParameterFacts, ParameterGroup
from providers.sheet import EndpointSheet, ParameterSheet, PriceSheet

BILLABLES: Final = {
    ("image", "output"): "output_image",
    ("megapixel", "output"): "output_image",
    ("image", "input"): "input_image",
    ("megapixel", "input"): "input_image",
}


def schema_face(groups: Sequence[ParameterGroup], endpoints: Sequence[EndpointSheet]) -> dict[str, Any]:
    """`parameters` by group in order; `endpoints` in their order, money as decimal text."""
    return {
        "groups": [
            {"slug": group.slug, "label": group.label, "parameters": [_parameter(one) for one in group.parameters]}
            for group in groups
        ],
        "endpoints": [_endpoint(endpoint) for endpoint in endpoints if endpoint.is_enabled],
    }


def _parameter(one: ParameterFacts) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": one.name,
        "type": one.type,
        "description": one.description,
        "modes": list(one.modes),
        "required_modes": list(one.required_modes),
    }
    if one.default is not None:
        found["default"] = one.default
    if one.values:
        found["values"] = list(one.values)
    found |= {name: limit for name, limit in (("minimum", one.minimum), ("maximum", one.maximum)) if limit is not None}
    if one.only_via:
        found["only_via"] = one.only_via
    return found


def _endpoint(endpoint: EndpointSheet) -> dict[str, Any]:
    return {
        "key": endpoint.key,
        "provider": endpoint.provider.slug,
        "provider_name": endpoint.provider.name,
        "modes": list(endpoint.modes),
        "supported_parameters": {row.name: _descriptor(row) for row in endpoint.parameters},
        "pricing": [_price(price) for price in endpoint.prices],
    }


def _descriptor(row: ParameterSheet) -> dict[str, Any]:
    if row.values:
        return {"type": "enum", "values": list(row.values)}
    return {"type": row.type}


def _price(price: PriceSheet) -> dict[str, Any]:
    billable = BILLABLES.get((price.metric, price.direction), f"{price.direction}_{price.metric}")
    found: dict[str, Any] = {
        "billable": "request" if price.metric == "request" else billable,
        "unit": price.metric,
        "unit_size": f"{price.unit_size.normalize():f}",
        "cost_usd": f"{price.amount_usd.normalize():f}",
    }
    if price.conditions:
        found["variant"] = dict(price.conditions)
    if not price.condition_stated:
        found["condition_stated"] = False
    return found
