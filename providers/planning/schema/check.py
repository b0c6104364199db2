"""Checks the fields of a request against a model's parameters: every fault at once, in words. Pure."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from providers.plain_values import decimal_number
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
