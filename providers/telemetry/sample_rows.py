"""One reported sample: text or JSON in, a checked row out. Pure; the same checks hold for files and for the API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from providers.adapters.wire import FAILURE_KINDS
from providers.names import shown
from providers.plain_values import aware_moment, decimal_number, whole_number
from providers.sheet import MODES
from providers.telemetry.histogram import LONGEST_MS

SAMPLE_STATUSES: Final = ("ok", *FAILURE_KINDS)
SAMPLE_SOURCES: Final = ("gateway", "scheduled", "probe", "import")
REPORTED_SOURCES: Final = ("import", "probe")
NEEDED: Final = ("endpoint", "mode", "started_at", "ttfb_ms", "total_ms", "status", "cost_usd")
OPTIONAL: Final = ("http_status", "megapixels", "images", "attempt", "request_id", "source")
COLUMNS: Final = NEEDED + OPTIONAL
DIGITS: Final = re.compile(r"-?[0-9]+")
# The last decimal that cost and megapixels are stored with; less would become 0 without a word.
SMALLEST: Final = Decimal("1e-9")


class NewSample(NamedTuple):
    """A row to be; the fields are those of RequestSample, in the order they are copied."""

    endpoint_id: int
    started_at: datetime
    total_ms: int
    ttfb_ms: int | None
    status: str
    mode: str
    source: str
    simulated: bool
    http_status: int | None = None
    cost_usd: Decimal | None = None
    megapixels: Decimal | None = None
    attempt: int = 1
    request_id: UUID | None = None
    images: int = 1

    def line(self) -> str:
        """The row as COPY reads it. Cells hold numbers, times and fixed words only, so nothing needs escaping."""
        return "\t".join(["\\N" if cell is None else str(cell) for cell in self])


@dataclass(frozen=True)
class KnownEndpoint:
    """What a reported sample may name."""

    id: int
    modes: tuple[str, ...]


@dataclass(frozen=True)
class Allowed:
    """Endpoints by key, and the span in which a sample may have started."""

    endpoints: Mapping[str, KnownEndpoint]
    earliest: datetime
    latest: datetime


class RowRefused(ValueError):
    """A row cannot be used; `field` is at fault, the problem says what was wrong and what is allowed."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


def read_row(raw: Mapping[str, Any], allowed: Allowed) -> NewSample:
    """Cells are text or JSON values; blank text and null mean absent. Raises RowRefused."""
    cells = {name: raw.get(name) for name in COLUMNS}
    key, mode = _word("endpoint", cells), _one_of("mode", cells, MODES)
    endpoint = allowed.endpoints.get(key)
    if endpoint is None:
        raise RowRefused("endpoint", f"there is no endpoint {shown(key)}; /api/v1/endpoints lists them all")
    if mode not in endpoint.modes:
        raise RowRefused("mode", f"{key} has no {mode}; its modes are {', '.join(endpoint.modes) or 'not known'}")
    total = _needed_whole("total_ms", cells, LONGEST_MS)
    ttfb = _whole("ttfb_ms", cells, 0, LONGEST_MS)
    if ttfb is not None and ttfb > total:
        raise RowRefused("ttfb_ms", f"{ttfb} is above total_ms, {total}; the first byte comes before the last")
    return NewSample(
        endpoint_id=endpoint.id,
        started_at=_moment("started_at", cells, allowed),
        total_ms=total,
        ttfb_ms=ttfb,
        status=_one_of("status", cells, SAMPLE_STATUSES),
        mode=mode,
        source="import" if _is_blank(cells["source"]) else _one_of("source", cells, REPORTED_SOURCES),
        simulated=False,
        http_status=_whole("http_status", cells, 100, 599),
        cost_usd=_amount("cost_usd", cells, Decimal(10**6), "USD"),
        megapixels=_amount("megapixels", cells, Decimal(10**4), "megapixels"),
        attempt=_whole("attempt", cells, 1, 100) or 1,
        request_id=_uuid("request_id", cells),
        images=_images(cells),
    )


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _word(field: str, cells: Mapping[str, Any]) -> str:
    value = cells[field]
    if _is_blank(value):
        raise RowRefused(field, "is empty and is needed")
    if not isinstance(value, str):
        raise RowRefused(field, f"{shown(value)} is not text")
    return value.strip()


def _one_of(field: str, cells: Mapping[str, Any], words: tuple[str, ...]) -> str:
    value = _word(field, cells)
    if value not in words:
        raise RowRefused(field, f"{shown(value)} is not known; allowed are {', '.join(words)}")
    return value


def _needed_whole(field: str, cells: Mapping[str, Any], highest: int) -> int:
    value = _whole(field, cells, 0, highest)
    if value is None:
        raise RowRefused(field, "is empty and is needed")
    return value


def _whole(field: str, cells: Mapping[str, Any], lowest: int, highest: int) -> int | None:
    """Digits alone: a unit, a fraction or a thousands separator would be a guess."""
    value = cells[field]
    if _is_blank(value):
        return None
    text = _plain(value)
    if not DIGITS.fullmatch(text):
        unit = " of milliseconds, without a unit" if field.endswith("_ms") else ""
        raise RowRefused(field, f"{shown(value)} is not a whole number{unit}")
    number = whole_number(text, lowest, highest)
    if number is None:
        raise RowRefused(field, f"{shown(value)} is not within {lowest} to {highest}")
    return number


def _plain(value: object) -> str:
    """A number as it was written; "" for what is none, JSON's truth among them."""
    is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
    return str(value).strip() if is_number else ""


def _amount(field: str, cells: Mapping[str, Any], highest: Decimal, unit: str) -> Decimal | None:
    value = cells[field]
    if _is_blank(value):
        return None
    amount = decimal_number(_plain(value))
    if amount is None:
        raise RowRefused(field, f"{shown(value)} is not a number; write {unit} as digits, for example 0.005")
    if not 0 <= amount <= highest:
        raise RowRefused(field, f"{shown(value)} is not within 0 to {highest}")
    if 0 < amount < SMALLEST:
        raise RowRefused(
            field, f"{shown(value)} is below {SMALLEST:f}, the smallest that is stored; write 0 for nothing"
        )
    return amount


def _moment(field: str, cells: Mapping[str, Any], allowed: Allowed) -> datetime:
    text = _word(field, cells)
    moment = aware_moment(text)
    if moment is None and aware_moment(f"{text}Z"):
        raise RowRefused(field, f"{shown(text)} has no time zone; write for example 2026-11-25T08:30:00Z")
    if moment is None:
        raise RowRefused(field, f"{shown(text)} is not a time such as 2026-11-25T08:30:00Z")
    if moment > allowed.latest:
        raise RowRefused(field, f"{shown(text)} lies in the future")
    if moment < allowed.earliest:
        first = f"{allowed.earliest:%Y-%m-%d}"
        raise RowRefused(field, f"{shown(text)} is older than samples are kept; allowed is from {first}")
    return moment


def _uuid(field: str, cells: Mapping[str, Any]) -> UUID | None:
    value = cells[field]
    if _is_blank(value):
        return None
    try:
        return UUID(str(value).strip())
    except ValueError:
        raise RowRefused(field, f"{shown(value)} is not a UUID") from None


def _images(cells: Mapping[str, Any]) -> int:
    images = _whole("images", cells, 0, 100)
    return 1 if images is None else images
