"""Shapes of performance answers, as JSON and as CSV. Money and rates are strings, so that no digit is lost."""

from datetime import datetime
from typing import Any, Final

from ninja import Field, Schema

from providers.api_types import Problem
from providers.exports import csv_text
from providers.telemetry.figures import PERCENTS, Durations, Figures, Success
from providers.telemetry.sample_rows import SAMPLE_STATUSES
from providers.telemetry.series import SeriesSet
from providers.telemetry.tables import PerformanceTable, Subject


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


def table_answer(table: PerformanceTable, part: slice) -> PerformanceAnswer:
    """A table as the API shows it: a part of its lines and, after the last of them, of the subjects without data."""
    before = len(table.lines)
    without = slice(max(0, part.start - before), max(0, part.stop - before))
    return PerformanceAnswer(
        window=WindowItem.from_orm(table.window),
        by=list(table.by),
        rolled_at=table.rolled_at,
        items=[
            LineItem(
                rank=line.rank,
                note=line.note,
                **subject_item(line.subject).dict(),
                **figures_item(line.figures).dict(),
            )
            for line in table.lines[part]
        ],
        without_data=[subject_item(subject) for subject in table.without_data[without]],
    )


def series_answer(found: SeriesSet, by: tuple[str, ...]) -> SeriesAnswer:
    """Series as the API shows them."""
    return SeriesAnswer(
        window=WindowItem.from_orm(found.window),
        by=list(by),
        step=found.step,
        series=[
            SeriesItem(
                **subject_item(one.subject).dict(),
                points=[
                    PointItem(starts_at=point.starts_at, figures=figures_item(point.figures) if point.figures else None)
                    for point in one.points
                ],
            )
            for one in found.series
        ],
    )


SUBJECT_COLUMNS: Final = tuple(SubjectItem.model_fields)
DURATION_COLUMNS: Final = ("p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms", "average_ms")
FIGURE_COLUMNS: Final = (
    "calls",
    *SAMPLE_STATUSES,
    "success_rate",
    "success_lower",
    "success_upper",
    *DURATION_COLUMNS,
    *(f"ttfb_{name}" for name in DURATION_COLUMNS),
    "withheld",
    "spend_usd",
    "unpriced_calls",
    "images",
    "cost_per_image_usd",
    "calls_per_hour",
)


def table_csv(answer: PerformanceAnswer) -> str:
    """Columns: rank, the subject, its figures, the note."""
    rows = [(item.rank, *_subject(item), *_figures(item), item.note) for item in answer.items]
    return csv_text(rows, ("rank", *SUBJECT_COLUMNS, *FIGURE_COLUMNS, "note"))


def series_csv(answer: SeriesAnswer) -> str:
    """Columns: start of the step, the subject, its figures; steps without a call are left out."""
    rows = [
        (point.starts_at.isoformat(), *_subject(one), *_figures(point.figures))
        for one in answer.series
        for point in one.points
        if point.figures
    ]
    return csv_text(rows, ("starts_at", *SUBJECT_COLUMNS, *FIGURE_COLUMNS))


def _subject(item: SubjectItem) -> list[Any]:
    return [getattr(item, name) for name in SUBJECT_COLUMNS]


def _figures(item: FiguresItem | LineItem) -> list[Any]:
    success = item.success
    return [
        item.calls,
        *(item.statuses.get(status, 0) for status in SAMPLE_STATUSES),
        *((success.rate, success.lower, success.upper) if success else (None, None, None)),
        *(getattr(item.total, name) for name in DURATION_COLUMNS),
        *(getattr(item.ttfb, name) for name in DURATION_COLUMNS),
        item.total.withheld,
        item.spend_usd,
        item.unpriced_calls,
        item.images,
        item.cost_per_image_usd,
        item.calls_per_hour,
    ]
