"""Facts seen through one mode: what `?mode=` leaves of them. Pure."""

from dataclasses import replace

from lumenboard.facts.types import EndpointFacts, ModelFacts
from providers.pricing import Size, headline_price, image_cost
from providers.sheet import EndpointSheet


def in_mode(facts: ModelFacts, mode: str, size: Size) -> ModelFacts:
    """Endpoints, prices, performance, parameters, standings, entries and examples of one mode.

    Performance is known per provider: one that does not serve the mode is left out.
    """
    endpoints = tuple(
        replace(endpoint, image_cost=image_cost(endpoint.prices, mode, size, endpoint.defaults))
        for endpoint in facts.endpoints
        if mode in endpoint.modes
    )
    serving = {endpoint.provider.slug for endpoint in endpoints}
    groups = tuple(
        replace(group, parameters=tuple(row for row in group.parameters if mode in row.modes))
        for group in facts.parameter_groups
    )
    return replace(
        facts,
        endpoints=endpoints,
        starting_price=headline_price([_sheet(endpoint) for endpoint in endpoints], [mode]),
        parameter_groups=tuple(group for group in groups if group.parameters),
        performance=tuple(row for row in facts.performance if row.provider.slug in serving),
        standings=tuple(row for row in facts.standings if row.mode in {"", mode}),
        entry_images=tuple(row for row in facts.entry_images if row.mode == mode),
        code_examples=tuple(example for example in facts.code_examples if example.mode == mode),
    )


def _sheet(endpoint: EndpointFacts) -> EndpointSheet:
    return EndpointSheet(
        key=endpoint.key,
        provider=endpoint.provider,
        provider_model_id=endpoint.provider_model_id,
        modes=endpoint.modes,
        is_enabled=endpoint.is_enabled,
        prices=endpoint.prices,
    )
