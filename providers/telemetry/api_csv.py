"""Performance as CSV: one row per line, or per line and step. Unknown is an empty cell."""

from typing import Any, Final

from providers.exports import csv_text
from providers.telemetry.api_schemas import FiguresItem, LineItem, PerformanceAnswer, SeriesAnswer, SubjectItem
from providers.telemetry.sample_rows import SAMPLE_STATUSES

SUBJECT: Final = tuple(SubjectItem.model_fields)
PERCENTS: Final = ("p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms", "average_ms")
FIGURES: Final = (
    "calls",
    *SAMPLE_STATUSES,
    "success_rate",
    "success_lower",
    "success_upper",
    *PERCENTS,
    *(f"ttfb_{name}" for name in PERCENTS),
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
    return csv_text(rows, ("rank", *SUBJECT, *FIGURES, "note"))


def series_csv(answer: SeriesAnswer) -> str:
    """Columns: start of the step, the subject, its figures; steps without a call are left out."""
    rows = [
        (point.starts_at.isoformat(), *_subject(one), *_figures(point.figures))
        for one in answer.series
        for point in one.points
        if point.figures
    ]
    return csv_text(rows, ("starts_at", *SUBJECT, *FIGURES))


def _subject(item: SubjectItem) -> list[Any]:
    return [getattr(item, name) for name in SUBJECT]


def _figures(item: FiguresItem | LineItem) -> list[Any]:
    success = item.success
    return [
        item.calls,
        *(item.statuses.get(status, 0) for status in SAMPLE_STATUSES),
        *((success.rate, success.lower, success.upper) if success else (None, None, None)),
        *(getattr(item.total, name) for name in PERCENTS),
        *(getattr(item.ttfb, name) for name in PERCENTS),
        item.total.withheld,
        item.spend_usd,
        item.unpriced_calls,
        item.images,
        item.cost_per_image_usd,
        item.calls_per_hour,
    ]
