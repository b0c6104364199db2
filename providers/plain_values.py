"""The one reader of numbers and of moments that strangers write, and how numbers and JSON are stored. Pure.

Python's own take `1_0`, digits of other scripts and infinity, and fail on 5,000 digits or at the ends of the calendar.
"""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

# What a bigint column holds.
LARGEST: Final = 2**63 - 1
FIRST_YEAR: Final = 2
LAST_YEAR: Final = 9998
YEARS: Final = f"a time from year {FIRST_YEAR} to {LAST_YEAR}"
WHOLE: Final = re.compile(r"-?[0-9]{1,19}")
AMOUNT: Final = re.compile(r"-?(?:[0-9]{1,40}\.?[0-9]{0,60}|\.[0-9]{1,60})(?:[eE][+-]?[0-9]{1,3})?")


def whole_number(text: str, lowest: int = 0, highest: int = LARGEST) -> int | None:
    """ASCII digits alone, after a minus where `lowest` is negative; None for anything else and outside the bounds."""
    if not WHOLE.fullmatch(text):
        return None
    number = int(text)
    return number if lowest <= number <= highest else None


def decimal_number(text: str) -> Decimal | None:
    """ASCII digits with a point or an exponent, as `5e-05`; None for anything else."""
    return Decimal(text) if AMOUNT.fullmatch(text) else None


def aware_moment(text: str) -> datetime | None:
    """ISO 8601 with its zone, in UTC; None for anything else.

    The first and the last year are left out, so that a day or an offset more never leaves the calendar.
    """
    try:
        moment = datetime.fromisoformat(text) if text.isascii() else None
    except ValueError:
        return None
    return None if moment is None else in_calendar(moment)


def in_calendar(moment: datetime) -> datetime | None:
    """The moment in UTC; None without a zone, and in the first or last years there are."""
    if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment.astimezone(UTC)


def numbers_among(texts: Iterable[str]) -> list[int]:
    """Those that are whole numbers, as ticked boxes send them."""
    return [number for text in texts if (number := whole_number(text)) is not None]


def is_plain_text(text: str) -> bool:
    """Whether a database takes it: no NUL and no half of a pair of surrogates."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def field_with_nul(fields: Iterable[tuple[str, list[str]]]) -> str:
    """What is wrong with the first field of a query or form that no database takes; empty where all is well."""
    for name, values in fields:
        if not all(map(is_plain_text, (name, *values))):
            return f"{ascii(name)[1:-1][:100]}: holds the character NUL, which no text here may have"
    return ""


def plain_number(number: Decimal) -> str:
    """A decimal without exponent and without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def settled_json(value: Any) -> Any:
    """JSON as the database gives it back: keys sorted, large floats whole, no negative zero."""
    if isinstance(value, dict):
        return {key: settled_json(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [settled_json(item) for item in value]
    if isinstance(value, float) and math.isfinite(value):
        return int(Decimal(repr(value))) if abs(value) >= 1e16 else value + 0.0
    return value
