"""Rollup rows for a scope and a window, with what came since the last roll-up. The one reader of figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from django.db import connection

from providers.models import Endpoint, ImageModel, Provider, RolledHour, SlugClaim
from providers.telemetry.incidents import FEWEST_HOURS_KNOWN, Incident, all_incidents
from providers.telemetry.rollup_sql import KEY, PACKED, SUMS, RollupRow, row_of_samples
from providers.telemetry.series import (
    ALL,
    SeriesSet,
    Step,
    build_series,
    each_series,
    step_for,
)
from providers.telemetry.tables import (
    DIMENSIONS,
    HOUR,
    STANDARD,
    EndpointName,
    PerformanceTable,
    Span,
    Window,
    WindowError,
    build_table,
    custom_window,
    sliding_window,
)

Part = Literal["whole", "hour", "day", "hour of day"]
# what the rows' `starts_at` says: nothing, the step they lie in, or the hour of the day on an arbitrary day
PARTS: Final[dict[Part, str]] = {
    "whole": "timestamptz 'epoch'",
    "hour": "date_trunc('hour', {at}, 'UTC')",
    "day": "date_trunc('day', {at}, 'UTC')",
    "hour of day": "timestamptz 'epoch' + extract(hour FROM {at} AT TIME ZONE 'UTC') * interval '1 hour'",
}
MERGED: Final = (
    "sum(calls), sum(images), sum(total_ms_sum), sum(ttfb_calls), sum(ttfb_ms_sum), sum(priced_calls), "
    "sum(cost_usd_sum), sum(megapixels_sum), string_agg(total_sketch, ''::bytea), string_agg(ttfb_sketch, ''::bytea)"
)
SCOPE: Final = "endpoint_id = ANY(%s) AND (%s = '' OR mode = %s) AND (%s = '' OR source = %s)"
# Ids grow with time, so the first comparison, against the lower mark of the two hours, reads the end of an index; the
# second is exact for each hour.
FRESH: Final = """
SELECT s.* FROM providers_requestsample s
LEFT JOIN providers_rolledhour r ON r.hour = date_trunc('hour', s.started_at, 'UTC')
WHERE s.started_at >= %s AND s.started_at < %s AND s.id > coalesce(r.last_sample_id, 0) AND s.id > (
    SELECT coalesce(min(last_sample_id), 0) FROM providers_rolledhour WHERE hour >= %s)
"""


@dataclass(frozen=True, kw_only=True)
class CallScope:
    """Which calls: empty fields leave all in. Slugs of models are canonical ones, not aliases."""

    model: str = ""
    provider: str = ""
    endpoint: str = ""
    mode: str = ""
    source: str = ""


def performance(scope: CallScope, window: Window, by: Sequence[str] = ("provider",)) -> PerformanceTable:
    """Figures per subject over the window: three queries, whatever the number of samples."""
    names = endpoint_names(scope)
    rows = read_rows(list(names), scope, window)
    return build_table(rows, names, by=by, window=window, rolled_at=rolled_at())


def performance_for(
    names: Sequence[EndpointName], window: Window, by: Sequence[str] = ("provider",), mode: str = ""
) -> PerformanceTable:
    """The same of endpoints that are already at hand, in one mode or all: one query."""
    rows = read_rows([name.id for name in names], CallScope(mode=mode), window)
    return build_table(rows, {name.id: name for name in names}, by=by, window=window, rolled_at=None)


def performance_series(
    scope: CallScope,
    window: Window,
    by: Sequence[str] = ("provider",),
    step: Step | None = None,
    *,
    part: slice = ALL,
    has_gaps: bool = True,
) -> SeriesSet:
    """Figures per subject and hour or day; hours up to a week unless `step` says otherwise.

    `part` and `has_gaps` are those of build_series.
    """
    names, chosen = endpoint_names(scope), step or step_for(window)
    rows = read_rows(list(names), scope, window, chosen)
    return build_series(rows, names, by=by, window=window, step=chosen, part=part, has_gaps=has_gaps)


def endpoint_names(scope: CallScope) -> dict[int, EndpointName]:
    """Endpoints of the scope by id: one query."""
    wanted = {"model__slug": scope.model, "provider__slug": scope.provider, "key": scope.endpoint}
    found = Endpoint.objects.filter(**{field: value for field, value in wanted.items() if value})
    if scope.mode:
        found = found.filter(modes__contains=[scope.mode])
    found = found.select_related("model__creator", "provider").order_by("position", "id")
    return {endpoint.id: endpoint_name(endpoint, endpoint.model) for endpoint in found}


def rolled_at() -> datetime | None:
    """When hours were last rolled up."""
    return RolledHour.objects.order_by("-hour").values_list("rolled_at", flat=True).first()


def read_rows(endpoint_ids: Sequence[int], scope: CallScope, window: Window, part: Part = "whole") -> list[RollupRow]:
    """Rows per endpoint, mode, source, origin, status and part: one statement, so that one moment is seen."""
    if not endpoint_ids:
        return []
    where = [list(endpoint_ids), scope.mode, scope.mode, scope.source, scope.source]
    spans, parameters = _rolled_spans(window, part, where)
    select = f"SELECT {_part(part, 'starts_at')}, {KEY}, {MERGED}, false FROM ({spans}) AS rolled GROUP BY 1, {KEY}"  # noqa: S608
    if window.is_open:
        since = window.ends_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
        columns = f"{_part(part, 'started_at')}, {KEY}, {SUMS}, {PACKED}, true"
        select += f" UNION ALL SELECT {columns} FROM ({FRESH}) AS fresh WHERE {SCOPE} GROUP BY 1, {KEY}"  # noqa: S608
        parameters += [max(since, window.starts_at), window.ends_at + HOUR, since, *where]
    with connection.cursor() as cursor:
        cursor.execute(select, parameters)
        return [_row(row) for row in cursor.fetchall()]


def _rolled_spans(window: Window, part: Part, where: list[Any]) -> tuple[str, list[Any]]:
    """Days where days will do and hours for the rest."""
    spans = [("providers_hourrollup", Span(window.starts_at, window.ends_at))]
    if part in {"whole", "day"}:
        spans = [("providers_dayrollup", window.days)] if window.days else []
        spans += [("providers_hourrollup", span) for span in window.loose_hours]
    selects, parameters = [], []
    for table, span in spans:
        selects.append(f"SELECT * FROM {table} WHERE {SCOPE} AND starts_at >= %s AND starts_at < %s")  # noqa: S608
        parameters += [*where, span.start, span.end]
    return " UNION ALL ".join(selects), parameters


def _part(part: Part, column: str) -> str:
    return PARTS[part].format(at=column)


def _row(row: tuple[Any, ...]) -> RollupRow:
    *fields, is_fresh = row
    return row_of_samples(fields) if is_fresh else RollupRow._make(fields)


def endpoint_name(endpoint: Endpoint, model: ImageModel) -> EndpointName:
    """An endpoint of the model, with its provider and the model's creator loaded."""
    return EndpointName(
        id=endpoint.id,
        key=endpoint.key,
        model_slug=model.slug,
        model_name=model.name,
        creator_slug=model.creator.slug,
        provider_slug=endpoint.provider.slug,
        provider_name=endpoint.provider.name,
        modes=tuple(endpoint.modes),
    )


def performance_incidents(scope: CallScope, window: Window, by: Sequence[str] = ("provider",)) -> tuple[Incident, ...]:
    """Intervals of elevated failure or latency per subject, the latest first, from its hours."""
    names = endpoint_names(scope)
    rows = read_rows(list(names), scope, window, "hour")
    # of thousands of models, with as many hours, one at a time is looked at
    return all_incidents(each_series(rows, names, by=by, window=window, step="hour", fewest=FEWEST_HOURS_KNOWN))


class UnknownName(LookupError):
    """A name that nothing has; the message says of which field."""


class DimensionRefused(ValueError):
    """A word that no table can be grouped by."""


def chosen_scope(scope: CallScope) -> CallScope:
    """The same with the model's slug in place of an alias. Raises UnknownName."""
    # one answer for models that do not exist and models without endpoints: nobody may learn which of the two it is
    sold = SlugClaim.objects.filter(slug=scope.model, model__endpoints__isnull=False)
    model = scope.model and sold.values_list("model__slug", flat=True).first()
    if model is None:
        raise UnknownName(
            f"model: there is no model {scope.model!r} with an endpoint; /api/v1/endpoints lists them all"
        )
    if scope.provider and not Provider.objects.filter(slug=scope.provider).exists():
        raise UnknownName(f"provider: there is no provider {scope.provider!r}; /api/v1/providers lists them all")
    if scope.endpoint and not Endpoint.objects.filter(key=scope.endpoint).exists():
        raise UnknownName(f"endpoint: there is no endpoint {scope.endpoint!r}; /api/v1/endpoints lists them all")
    return CallScope(
        model=model, provider=scope.provider, endpoint=scope.endpoint, mode=scope.mode, source=scope.source
    )


def chosen_window(name: str, start: datetime | None, end: datetime | None, now: datetime) -> Window:
    """A sliding window by name, 30 days by default, or the span from `start` to `end`. Raises WindowError."""
    if start is None and end is None:
        return sliding_window(name or STANDARD, now)
    if name not in {"", "custom"}:
        raise WindowError("window", "give either window, or from and to")
    if start is None:
        raise WindowError("from", "is needed beside to")
    return custom_window(start, end or now, now)


def chosen_dimensions(words: str, default: tuple[str, ...] = ("provider",)) -> tuple[str, ...]:
    """Dimensions separated by commas, in the table's order. Raises DimensionRefused."""
    asked = {word.strip() for word in words.split(",") if word.strip()}
    unknown = sorted(asked - set(DIMENSIONS))
    if unknown:
        raise DimensionRefused(f"by: {unknown[0]!r} is not allowed; use {', '.join(DIMENSIONS)}, several by commas")
    return tuple(dimension for dimension in DIMENSIONS if dimension in asked) or default
