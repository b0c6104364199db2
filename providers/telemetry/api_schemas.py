"""Shapes of what the performance operations answer. Money and rates are strings, so that no digit is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from ninja import Field, Schema
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from providers.plain_values import whole_number
from providers.telemetry.figures import PERCENTS, Durations, Figures, Success
from providers.telemetry.series import SeriesPoint, SeriesSet
from providers.telemetry.tables import PerformanceLine, PerformanceTable, Subject
from providers.telemetry.windows import Window

NOT_WHOLE: Final = "{shown} is not a whole number; allowed are the digits 0 to 9 alone"


def _whole(value: object) -> object:
    """Query parameters come as text, and pydantic takes `1_0` for 10."""
    if isinstance(value, str) and (number := whole_number(value)) is not None:
        return number
    if isinstance(value, str):
        raise PydanticCustomError("whole_number", NOT_WHOLE, {"shown": repr(value[:40])})
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
"""For every parameter that is a whole number."""


class Problem(Schema):
    """What was wrong with a request; the form of every error of the API (RFC 9457)."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str


class RowFault(Schema):
    """What was wrong with one row of a batch."""

    row: int = Field(description="Its place in the batch, from 1.")
    field: str
    message: str


class BatchProblem(Problem):
    """Rows that cannot be used; nothing was written."""

    errors: list[RowFault] = Field(description="The first 20 of them.")
    count: int = Field(description="How many rows are bad.")


class BatchTaken(Schema):
    """What became of a batch."""

    recorded: int = Field(description="Samples written; 0 when the batch had come before.")
    repeated: bool


class DurationsItem(Schema):
    """Of successful calls, in milliseconds; percentiles within 1 %."""

    calls: int
    average_ms: int | None
    p50_ms: int | None
    p75_ms: int | None
    p90_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    withheld: str = Field(description="Why there are no percentiles; empty where there are.")


class SuccessItem(Schema):
    """ok / counted as a fraction, with its 95% Wilson interval."""

    ok: int
    counted: int
    rate: str
    lower: str
    upper: str


class FiguresItem(Schema):
    """Everything measured of one set of calls."""

    calls: int
    statuses: dict[str, int]
    total: DurationsItem
    ttfb: DurationsItem
    success: SuccessItem | None
    spend_usd: str
    unpriced_calls: int
    images: int
    cost_per_image_usd: str | None = Field(description="Spend over images of successful calls; null while unknown.")
    calls_per_hour: float


class SubjectItem(Schema):
    """What a line is about; what the table does not separate is empty."""

    model: str
    provider: str
    endpoint: str
    mode: str
    source: str
    simulated: bool


class LineItem(SubjectItem, FiguresItem):
    """One line; `rank` by p50 among reliable lines of the same origin, else null and `note` says why."""

    rank: int | None
    note: str


class WindowItem(Schema):
    """The span looked at, in whole hours, the last one as far as it has come."""

    name: str
    starts_at: datetime
    ends_at: datetime


class PerformanceAnswer(Schema):
    """Measured lines before simulated ones, ranked before unranked."""

    window: WindowItem
    by: list[str]
    rolled_at: datetime | None = Field(description="When samples were last rolled up; later ones are merged live.")
    items: list[LineItem]
    without_data: list[SubjectItem] = Field(description="Subjects without a call in the window.")


class PointItem(Schema):
    """One step; null where nothing was called."""

    starts_at: datetime
    figures: FiguresItem | None


class SeriesItem(SubjectItem):
    """One subject step by step."""

    points: list[PointItem]


class SeriesAnswer(Schema):
    """All subjects have the same steps."""

    window: WindowItem
    by: list[str]
    step: str
    series: list[SeriesItem]


def window_item(window: Window) -> WindowItem:
    """The span as the API shows it."""
    return WindowItem(name=window.name, starts_at=window.starts_at, ends_at=window.ends_at)


def subject_item(subject: Subject) -> SubjectItem:
    """A subject by slugs and keys."""
    return SubjectItem(
        model=subject.model_slug,
        provider=subject.provider_slug,
        endpoint=subject.endpoint_key,
        mode=subject.mode,
        source=subject.source,
        simulated=subject.simulated,
    )


def durations_item(durations: Durations) -> DurationsItem:
    """Percentiles side by side, null where withheld."""
    percents = {f"p{percent}_ms": durations.at(percent) for percent in PERCENTS}
    return DurationsItem(
        calls=durations.calls, average_ms=durations.average_ms, withheld=durations.withheld, **percents
    )


def success_item(success: Success) -> SuccessItem:
    """A rate with its interval."""
    return SuccessItem(
        ok=success.ok,
        counted=success.counted,
        rate=f"{success.rate:.6f}",
        lower=f"{success.lower:f}",
        upper=f"{success.upper:f}",
    )


def figures_item(figures: Figures) -> FiguresItem:
    """Figures as the API shows them."""
    money = figures.money
    return FiguresItem(
        calls=figures.calls,
        statuses=dict(figures.by_status),
        total=durations_item(figures.total),
        ttfb=durations_item(figures.ttfb),
        success=success_item(figures.success) if figures.success else None,
        spend_usd=f"{money.spend_usd:f}",
        unpriced_calls=money.unpriced_calls,
        images=money.images,
        cost_per_image_usd=None if money.per_image_usd is None else f"{money.per_image_usd:.9f}",
        calls_per_hour=round(figures.calls_per_hour, 3),
    )


def line_item(line: PerformanceLine) -> LineItem:
    """One line of a table."""
    fields = {**subject_item(line.subject).dict(), **figures_item(line.figures).dict()}
    return LineItem(rank=line.rank, note=line.note, **fields)


def table_answer(table: PerformanceTable) -> PerformanceAnswer:
    """A table as the API shows it."""
    return PerformanceAnswer(
        window=window_item(table.window),
        by=list(table.by),
        rolled_at=table.rolled_at,
        items=[line_item(line) for line in table.lines],
        without_data=[subject_item(subject) for subject in table.without_data],
    )


def point_item(point: SeriesPoint) -> PointItem:
    """One step of a series."""
    return PointItem(starts_at=point.starts_at, figures=figures_item(point.figures) if point.figures else None)


def series_answer(found: SeriesSet, by: tuple[str, ...]) -> SeriesAnswer:
    """Series as the API shows them."""
    return SeriesAnswer(
        window=window_item(found.window),
        by=list(by),
        step=found.step,
        series=[
            SeriesItem(**subject_item(one.subject).dict(), points=[point_item(point) for point in one.points])
            for one in found.series
        ],
    )
