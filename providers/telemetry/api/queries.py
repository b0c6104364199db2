"""Which calls the performance operations are selected about, checked against what there is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import timezone
from ninja import Field, Schema, Status

from providers.api_types import Problem
from providers.telemetry.reading import (
    CallScope,
    DimensionRefused,
    UnknownName,
    chosen_dimensions,
    chosen_scope,
    chosen_window,
)
from providers.telemetry.tables import Window, WindowError


class CallsQuery(Schema):
    """Which calls, over which time, grouped by what."""

    model: str = Field("", max_length=120, description="Slug or alias.")
    provider: str = Field("", max_length=120, description="Slug.")
    endpoint: str = Field("", max_length=160, description="Key, for example fal/z-image-turbo.")
    mode: Literal["", "text-to-image", "image-edit"] = ""
    source: Literal["", "gateway", "scheduled", "probe", "import"] = ""
    window: str = Field("", max_length=20, description="1h, 24h, 7d or 30d (30d where from and to are not given).")
    start: datetime | None = Field(None, alias="from", description="With its time zone; taken from its whole hour on.")
    end: datetime | None = Field(None, alias="to", description="With its time zone; its hour is included.")
    by: str = Field("", max_length=60, description="model, provider, endpoint, mode, source, several by commas.")


class PartQuery(CallsQuery):
    """The same, and which part of the answer."""

    limit: str = Field("", description="Most lines, points or incidents of one answer; its own bound where not given.")
    offset: str = Field("0", description="How many are left out before the first.")


class PerformanceQuery(PartQuery):
    """The same, and the form of the answer."""

    step: Literal["", "hour", "day"] = Field("", description="Gives a series instead of a table.")
    format: Literal["json", "csv"] = "json"


@dataclass(frozen=True)
class SelectedCalls:
    """A query whose names exist and whose words are allowed."""

    scope: CallScope
    window: Window
    by: tuple[str, ...]


class QueryRefused(Exception):
    """A query that makes no sense; `answer` names the field, what was wrong and what is allowed."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.answer = Status(status, Problem(detail=detail))


def selected_calls(query: CallsQuery, by: tuple[str, ...]) -> SelectedCalls:
    """`by` is what lines tell apart where nothing else is selected. Raises QueryRefused."""
    wanted = CallScope(**query.dict(include={"model", "provider", "endpoint", "mode", "source"}))
    try:
        return SelectedCalls(
            by=chosen_dimensions(query.by, by),
            window=chosen_window(query.window, query.start, query.end, timezone.now()),
            scope=chosen_scope(wanted),
        )
    except UnknownName as unknown:
        raise QueryRefused(404, str(unknown.args[0])) from None
    except (DimensionRefused, WindowError) as refused:
        raise QueryRefused(400, str(refused)) from None
