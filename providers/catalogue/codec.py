"""Sheets to and from plain tables (dict, list, str, int, bool, date), as TOML and JSON hold them.

Fields at their default are left out; decimals are strings. Which values make sense is the business of checks.
"""

import difflib
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from providers.catalogue.errors import SheetError, SheetProblem
from providers.plain_values import aware_moment, decimal_number, in_calendar, plain_number, settled_json

T = TypeVar("T")
Reader = Callable[[Any, str], Any]
JSON_FIELDS: Final = frozenset({"default", "values", "conditions", "capabilities"})


def encode(value: Any) -> Any:
    """A sheet, or a value of one, as plain tables."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: settled_json(content) if field.name in JSON_FIELDS else encode(content)
            for field in fields(value)
            if (content := getattr(value, field.name)) is not None and not _is_default(field, content)
        }
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, Decimal):
        return plain_number(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _is_default(field: "Field[Any]", value: Any) -> bool:
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return type(value) is type(default) and bool(value == default)


def same_values(one: Any, other: Any) -> bool:
    """Whether two sheets, or parts of them, say the same; true is not 1 here."""
    return repr(encode(one)) == repr(encode(other))


def decode(kind: type[T], table: Any, path: str = "") -> T:
    """A plain table as a sheet. Raises SheetError for a missing or unknown key and for a value of another type."""
    if not isinstance(table, dict):
        raise _wrong(path, table, "a table")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # kind is always a dataclass
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy takes a type variable for unhashable
    for key in table:
        if key not in known:
            raise SheetError([SheetProblem(_join(path, str(key)), "unknown key", _suggestion(str(key), known))])
    values = {}
    for name, field in known.items():
        if name in table:
            values[name] = _value(hints[name], table[name], _join(path, name))
        elif field.default is MISSING and field.default_factory is MISSING:
            raise SheetError([SheetProblem(_join(path, name), "missing", "a value is required here")])
    return kind(**values)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _suggestion(key: str, known: dict[str, Any]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {close[0]}? The keys are {', '.join(known)}" if close else f"the keys are {', '.join(known)}"


def _value(hint: Any, raw: Any, path: str) -> Any:
    name = path.rsplit(".", 1)[-1]
    if name in JSON_FIELDS:
        return _json_field(name, raw, path)
    if get_origin(hint) is UnionType:
        hint = next(option for option in get_args(hint) if option is not type(None))
    if get_origin(hint) is tuple:
        if not isinstance(raw, list):
            raise _wrong(path, raw, "a list")
        return tuple(_value(get_args(hint)[0], item, f"{path}[{index}]") for index, item in enumerate(raw, start=1))
    if is_dataclass(hint):
        return decode(hint, raw, path)  # type: ignore[arg-type]  # a dataclass type, not an instance
    read: Reader = SCALARS.get(hint, TEXT)
    return read(raw, path)


def _json_field(name: str, raw: Any, path: str) -> Any:
    expected = {"values": list, "conditions": dict, "capabilities": dict}.get(name)
    if expected and not isinstance(raw, expected):
        raise _wrong(path, raw, "a list" if expected is list else "a table")
    settled = settled_json(raw)
    return tuple(settled) if name == "values" else settled


def _plain(kind: type, allowed: str) -> Reader:
    """Of just this type: true is no number here."""

    def read(raw: Any, path: str) -> Any:
        if type(raw) is not kind:
            raise _wrong(path, raw, allowed)
        return raw

    return read


def _decimal(raw: Any, path: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | str) or (isinstance(raw, str) and len(raw) > 60):
        raise _wrong(path, raw, 'a decimal in quotes, such as "0.005"')
    number = decimal_number(raw) if isinstance(raw, str) else Decimal(raw)
    if number is None or abs(number.adjusted()) > 30:
        raise _wrong(path, raw, 'a decimal in quotes, such as "0.005"')
    return number or Decimal(0)


def _date(raw: Any, path: str) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise _wrong(path, raw, "a date such as 2026-11-30") from None


def _moment(raw: Any, path: str) -> datetime:
    moment = in_calendar(raw) if isinstance(raw, datetime) else aware_moment(raw) if isinstance(raw, str) else None
    if moment is not None:
        return moment
    raise _wrong(path, raw, "a time with its time zone, such as 2026-11-30T12:00:00Z")


TEXT: Final = _plain(str, "text in quotes")
SCALARS: Final[dict[Any, Reader]] = {
    str: TEXT,
    int: _plain(int, "a whole number"),
    bool: _plain(bool, "true or false"),
    Decimal: _decimal,
    date: _date,
    datetime: _moment,
}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _wrong(path: str, raw: Any, allowed: str) -> SheetError:
    text = repr(raw)
    return SheetError([SheetProblem(path, text if len(text) <= 60 else f"{text[:59]}…", allowed)])
