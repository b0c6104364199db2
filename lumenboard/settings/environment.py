"""Typed readers of environment variables; each variable is declared once, with its default and meaning.

A bad value is refused by the variable's name. The declarations are what docs/configuration.md is tested against.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from lumenboard.secret_files import SecretFileUnusable, read_secret_files
from providers.plain_values import whole_number

try:
    read_secret_files(os.environ)
except SecretFileUnusable as error:
    raise ImproperlyConfigured(str(error)) from None

T = TypeVar("T")
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, the default as a reader sees it, and what it does."""

    name: str
    default: str
    meaning: str


DECLARED: dict[str, Variable] = {}


ORIGIN = r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?"


def _read(name: str, default: T, meaning: str, shown: str | None, parse: Callable[[str], T]) -> T:
    DECLARED[name] = Variable(name, str(default) if shown is None else shown, meaning)
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={raw!r} is not usable: {error}") from None


def text(name: str, default: str, meaning: str, *, shown: str | None = None) -> str:
    """A string; empty counts as unset."""
    return _read(name, default, meaning, shown, str)


def boolean(name: str, default: bool, meaning: str) -> bool:
    """One of 1/true/yes/on or 0/false/no/off, in any case."""

    def parse(raw: str) -> bool:
        if raw.lower() in TRUE_WORDS | FALSE_WORDS:
            return raw.lower() in TRUE_WORDS
        raise ValueError("allowed are true and false (1/0, yes/no, on/off)")

    return _read(name, default, meaning, str(default).lower(), parse)


def integer(name: str, default: int, meaning: str, *, lowest: int, highest: int) -> int:
    """A whole number within [lowest, highest]."""

    def parse(raw: str) -> int:
        allowed = f"allowed is a whole number from {lowest} to {highest}"
        number = whole_number(raw, lowest, highest)
        if number is None:
            raise ValueError(allowed)
        return number

    return _read(name, default, meaning, None, parse)


def amount(name: str, default: str, meaning: str) -> Decimal:
    """A sum of dollars, nothing or more."""

    def parse(raw: str) -> Decimal:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", raw):
            raise ValueError("allowed is a sum such as 25 or 0.50")
        return Decimal(raw)

    return _read(name, Decimal(default), meaning, default, parse)


def words(name: str, default: list[str], meaning: str, *, shown: str | None = None) -> list[str]:
    """Comma-separated words, blanks trimmed."""
    listed = ",".join(default) if shown is None else shown
    return _read(name, default, meaning, listed, lambda raw: [w.strip() for w in raw.split(",") if w.strip()])


def origins(name: str, meaning: str) -> frozenset[str]:
    """Comma-separated origins, scheme and host and maybe port, or `*` for all; none by default."""

    def parse(raw: str) -> frozenset[str]:
        listed = frozenset(word.strip().lower() for word in raw.split(",") if word.strip())
        if wrong := sorted(one for one in listed if one != "*" and not re.fullmatch(ORIGIN, one)):
            raise ValueError(f"{wrong[0]!r} is no origin; allowed are origins such as https://app.example.org, or *")
        return listed

    return _read(name, frozenset(), meaning, "none", parse)


def web_address(name: str, default: str, meaning: str, *, shown: str | None = None) -> str:
    """An http(s) address without user name, password, query or trailing slash."""

    def parse(raw: str) -> str:
        parts = urlsplit(raw)
        is_plain = not parts.query and not parts.fragment and "@" not in parts.netloc and parts.port != 0
        if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain:
            raise ValueError("allowed is an address such as https://arena.example.org")
        return raw.rstrip("/")

    return _read(name, default, meaning, shown, parse)
