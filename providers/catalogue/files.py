"""The catalogue file format: one model per file, TOML or JSON of the same shape. Pure: text in, text out."""

import json
import tomllib
from collections.abc import Iterable
from typing import Any, Final

import tomli_w

from providers.catalogue.checks import check_sheet, repaired_sheets, tidied
from providers.catalogue.codec import decode, encode
from providers.catalogue.errors import DocumentError, SheetError, SheetProblem
from providers.sheet import ModelSheet

FORMAT: Final = 1
SUFFIXES: Final = (".toml", ".json")


def write_toml(sheet: ModelSheet) -> str:
    """A model as TOML. The same sheet always gives the same bytes."""
    return tomli_w.dumps({"format": FORMAT, **encode(sheet)}, multiline_strings=True)


def read_sheet(text: str, *, origin: str, is_json: bool = False, repair: bool = False) -> ModelSheet:
    """A model from TOML or JSON, checked. Raises DocumentError or SheetError, each naming `origin`.

    `repair` takes names that are no longer allowed, from files that an earlier version wrote.
    """
    table = _json(text, origin) if is_json else _toml(text, origin)
    try:
        sheet = _decoded(table)
        return check_sheet(next(repaired_sheets([sheet])) if repair else tidied(sheet))
    except SheetError as error:
        raise SheetError(error.problems, origin) from None


def _decoded(table: Any) -> ModelSheet:
    if not isinstance(table, dict):
        raise SheetError([SheetProblem("", f"a {type(table).__name__}", "a table of fields")])
    body = dict(table)
    version = body.pop("format", None)
    if version != FORMAT or isinstance(version, bool | float):
        raise SheetError([SheetProblem("format", "missing" if version is None else repr(version)[:40], str(FORMAT))])
    return decode(ModelSheet, body)


def _toml(text: str, origin: str) -> Any:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{origin}: is not TOML: {_reason(error)}") from None


def _json(text: str, origin: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{origin}: is not JSON: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _each_key_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise ValueError(f"the key {key[:40]!r} appears twice")
        table[key] = value
    return table


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
