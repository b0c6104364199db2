"""Checks what a request says against a model's parameters, every fault at once, in words; reads its `provider` object.

Pure.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from providers.plain_values import decimal_number
from providers.planning.routing import ALIASES, PERCENTILES, STRATEGIES, Preference, Strategy
from providers.planning.schema.compile import ParameterFacts, ParameterGroup
from providers.planning.sizes import is_convertible
from providers.sheet import MODE_LABELS, Json

WORDS: Final[Mapping[str, bool]] = {"true": True, "false": False}
WHOLE: Final = re.compile(r"-?[0-9]{1,19}")
LARGEST_INTEGER: Final = 1 << 63
SHOWN: Final = 60
# Words for quality that mean the same: those of dall-e, and those of gpt-image.
ALIKE: Final[Mapping[str, str]] = {
    "standard": "medium",
    "hd": "high",
    "medium": "standard",
    "high": "hd",
}


@dataclass(frozen=True)
class FieldError:
    """`field` is the parameter, `message` says what was wrong and what is allowed."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class FieldsRefused(ValueError):
    """A request that does not fit; the message joins all its faults."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(map(str, self.errors)))


def check_fields(
    groups: Iterable[ParameterGroup], mode: str, fields: Mapping[str, Json], given: Iterable[str] = ()
) -> dict[str, Json]:
    """The fields in their types: forms send numbers and switches as text. `given` came otherwise, such as files.

    A field no endpoint is known to take passes as it is. Null is absent. Raises FieldsRefused.
    """
    known = {parameter.name: parameter for group in groups for parameter in group.parameters}
    present = {name: value for name, value in fields.items() if value is not None}
    errors = [*_missing(known.values(), mode, {*present, *given})]
    checked: dict[str, Json] = {}
    for name, value in present.items():
        parameter = known.get(name)
        found = _checked(parameter, mode, value) if parameter else value
        if isinstance(found, FieldError):
            errors.append(found)
        else:
            checked[name] = found
    if errors:
        raise FieldsRefused(errors)
    return checked


def _missing(parameters: Iterable[ParameterFacts], mode: str, present: set[str]) -> Iterable[FieldError]:
    for parameter in parameters:
        if mode in parameter.required_modes and parameter.name not in present:
            yield FieldError(parameter.name, f"is needed for {MODE_LABELS.get(mode, mode)}")


def _checked(parameter: ParameterFacts, mode: str, value: Json) -> Any:
    if parameter.modes and mode not in parameter.modes:
        modes = " and ".join(MODE_LABELS.get(one, one) for one in parameter.modes)
        return FieldError(parameter.name, f"belongs to {modes}")
    found = _typed(parameter, value)
    if isinstance(found, FieldError):
        return found
    if not _is_within(parameter, found):
        return FieldError(parameter.name, f"{_shown(value)} is not allowed; allowed are {range_in_words(parameter)}")
    if parameter.values and not _is_listed(parameter, found):
        allowed = ", ".join(str(one).lower() if isinstance(one, bool) else str(one) for one in parameter.values)
        return FieldError(parameter.name, f"{_shown(value)} is not allowed; allowed are {allowed}")
    return found


def _is_listed(parameter: ParameterFacts, value: Json) -> bool:
    """Among the values, or turned into one of them by planning."""
    if is_among(value, parameter.values):
        return True
    if parameter.name == "size":
        return is_convertible(value, parameter.values)
    if parameter.name != "quality" or not isinstance(value, str):
        return False
    return value == "auto" or listed_quality(value, parameter.values) is not None


def is_among(value: Json, listed: Iterable[Json]) -> bool:
    """Whether it is one of the values; true is not 1 here."""
    return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in listed)


def listed_quality(quality: str, listed: Sequence[Json]) -> str | None:
    """The quality as a model names it that knows the words of dall-e, or those of gpt-image; None where it has none."""
    return next((word for word in (quality, ALIKE.get(quality)) if word in listed), None)


def range_in_words(parameter: ParameterFacts) -> str:
    """`1 to 10`, `at least 1`; empty where nobody says."""
    if parameter.minimum is not None and parameter.maximum is not None:
        return f"{parameter.minimum} to {parameter.maximum}"
    known = (("at least", parameter.minimum), ("at most", parameter.maximum))
    return next((f"{word} {limit}" for word, limit in known if limit is not None), "")


def _is_within(parameter: ParameterFacts, value: Any) -> bool:
    if parameter.type not in {"integer", "number"}:
        return True
    lowest, highest = parameter.minimum, parameter.maximum
    return (lowest is None or value >= lowest) and (highest is None or value <= highest)


def _typed(parameter: ParameterFacts, value: Json) -> Any:
    if parameter.type == "boolean":
        switched = value if isinstance(value, bool) else WORDS.get(value) if isinstance(value, str) else None
        return _wrong(parameter, value, "true or false") if switched is None else switched
    if parameter.type == "integer":
        return _integer(parameter, value)
    if parameter.type == "number":
        return _number(parameter, value)
    if parameter.type == "string" and not isinstance(value, str):
        return _wrong(parameter, value, "text")
    return value


def _integer(parameter: ParameterFacts, value: Json) -> Any:
    number = int(value) if isinstance(value, str) and WHOLE.fullmatch(value) else value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) >= LARGEST_INTEGER:
        return _wrong(parameter, value, "a whole number")
    return number


def _number(parameter: ParameterFacts, value: Json) -> Any:
    if isinstance(value, str):
        number = decimal_number(value)
        if number is None:
            return _wrong(parameter, value, "a number")
        value = float(number)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return _wrong(parameter, value, "a number")
    return value


def _wrong(parameter: ParameterFacts, value: Json, allowed: str) -> FieldError:
    return FieldError(parameter.name, f"{_shown(value)} is not {allowed}")


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


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
    return {name: _figure(f"provider.{field}", part) for name, part in by_name.items() if part is not None}


def _options(value: Json) -> Mapping[str, Mapping[str, Json]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > MOST_NAMES:
        raise BadPreference("provider.options", "an object of objects, one per provider, is needed")
    options = {name: part for name, part in value.items() if isinstance(part, Mapping)}
    if wrong := sorted(set(value) - set(options)):
        raise BadPreference(f"provider.options.{wrong[0]}"[:80], "an object of the provider's own parameters is needed")
    return options


def _figure(place: str, value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise BadPreference(place, f"{_shown(value)} is not a number from 0 up")
    return float(value)
