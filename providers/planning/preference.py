"""Reads a request's `provider` object into a preference. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from providers.planning.routing import ALIASES, PERCENTILES, STRATEGIES, Preference, Strategy
from providers.sheet import Json

MOST_NAMES: Final = 20
FIELDS: Final = (
    *("order", "only", "ignore", "allow_fallbacks", "require_parameters"),
    *("sort", "max_price", "preferred_max_latency", "options"),
)


class BadPreference(ValueError):
    """`field` is the path of what is wrong, the message says what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


def read_preference(value: Json, forced: str = "") -> Preference:
    """Raises BadPreference; an absent or null object is an empty one."""
    if value is None:
        return Preference(forced=forced)
    if not isinstance(value, Mapping):
        raise BadPreference("provider", "an object is needed")
    if unknown := sorted(set(value) - set(FIELDS)):
        raise BadPreference(f"provider.{unknown[0]}"[:80], f"there is no such field; allowed are {', '.join(FIELDS)}")
    given = {name: part for name, part in value.items() if part is not None}
    prices = _prices(given.get("max_price"))
    return Preference(
        sort=_strategy(given.get("sort")),
        order=_names(given, "order"),
        only=_names(given, "only"),
        ignore=_names(given, "ignore"),
        allow_fallbacks=_switch(given, "allow_fallbacks", True),
        require_parameters=_switch(given, "require_parameters", False),
        max_price_usd=prices.get("request"),
        max_image_price_usd=prices.get("image"),
        preferred_max_latency_ms=_latencies(given.get("preferred_max_latency")),
        options=_options(given.get("options")),
        forced=forced,
    )


def _strategy(value: Json) -> Strategy:
    for strategy in STRATEGIES:
        if strategy == (value or "weighted"):
            return strategy
    if isinstance(value, str) and value in ALIASES:
        return ALIASES[value]
    allowed = ", ".join((*STRATEGIES, *ALIASES))
    raise BadPreference("provider.sort", f"{_shown(value)} is not a way to sort; allowed are {allowed}")


def _names(given: Mapping[str, Json], name: str) -> tuple[str, ...]:
    value = given.get(name, [])
    if not isinstance(value, list) or len(value) > MOST_NAMES:
        raise BadPreference(f"provider.{name}", f"a list of at most {MOST_NAMES} provider slugs is needed")
    names = [item for item in value if isinstance(item, str)]
    if len(names) < len(value):
        raise BadPreference(f"provider.{name}", "every item must be the slug of a provider")
    return tuple(names)


def _switch(given: Mapping[str, Json], name: str, usual: bool) -> bool:
    """Forms send words."""
    value = given.get(name, usual)
    switched = value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))
    if switched is None:
        raise BadPreference(f"provider.{name}", f"{_shown(value)} is not true or false")
    return switched


def _prices(value: Json) -> Mapping[str, Decimal]:
    """Most dollars per `image`, per `request`, or both; a bare number is per image."""
    refusal = "there is no such price; allowed are image and request, in USD"
    numbers = _numbers("max_price", value, ("image", "request"), refusal)
    return {name: Decimal(str(number)) for name, number in numbers.items()}


def _latencies(value: Json) -> Mapping[str, float]:
    """Seconds, for the median or by percentile; in milliseconds."""
    refusal = f"is not measured; allowed are {' and '.join(PERCENTILES)}"
    numbers = _numbers("preferred_max_latency", value, PERCENTILES, refusal)
    return {name: 1000 * number for name, number in numbers.items()}


def _numbers(field: str, value: Json, names: Sequence[str], refusal: str) -> Mapping[str, float]:
    """By name; a bare number is for the first of the names."""
    if value is None:
        return {}
    by_name = value if isinstance(value, Mapping) else {names[0]: value}
    if unknown := sorted(set(by_name) - set(names)):
        raise BadPreference(f"provider.{field}.{unknown[0]}"[:80], refusal)
    return {name: _number(f"provider.{field}", part) for name, part in by_name.items() if part is not None}


def _options(value: Json) -> Mapping[str, Mapping[str, Json]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > MOST_NAMES:
        raise BadPreference("provider.options", "an object of objects, one per provider, is needed")
    options = {name: part for name, part in value.items() if isinstance(part, Mapping)}
    if wrong := sorted(set(value) - set(options)):
        raise BadPreference(f"provider.options.{wrong[0]}"[:80], "an object of the provider's own parameters is needed")
    return options


def _number(place: str, value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise BadPreference(place, f"{_shown(value)} is not a number from 0 up")
    return float(value)


def _shown(value: Json) -> str:
    return repr(value)[:60]
