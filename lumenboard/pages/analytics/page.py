"""Provider analytics: figures, charts and two providers compared, for whatever the address asks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from arena.boards.charts.chart import Chart
from lumenboard.formatting import count, mode_label, percent, points, seconds
from lumenboard.pages.analytics.latency_charts import (
    bands_chart,
    colours,
    distribution_chart,
    first_byte_chart,
    hours_chart,
)
from lumenboard.pages.analytics.outcome_charts import failures_chart, price_chart, spend_chart, success_chart
from lumenboard.pages.analytics.words import lede, line_row, shown, tiles
from lumenboard.pages.base import CHART_POLICY, Paginator, select_field
from providers.models import Endpoint
from providers.sheet import MODES
from providers.telemetry.figures import summarize
from providers.telemetry.histogram import Histogram
from providers.telemetry.reading import CallScope, UnknownName, chosen_window, endpoint_names, read_rows, rolled_at
from providers.telemetry.rollup_sql import RollupRow
from providers.telemetry.series import (
    Difference,
    IntervalEstimate,
    build_distributions,
    build_profiles,
    build_series,
    difference,
    percentile_interval,
    step_for,
    success_interval,
)
from providers.telemetry.tables import (
    STANDARD,
    EndpointName,
    PerformanceLine,
    PerformanceTable,
    Subject,
    Window,
    WindowError,
    build_table,
    grouped,
    sliding_window,
)

WINDOWS: Final = (("1h", "Last hour"), ("24h", "Last 24 hours"), ("7d", "Last 7 days"), ("30d", "Last 30 days"))
SOURCES: Final = (
    ("", "All sources"),
    ("gateway", "Gateway"),
    ("scheduled", "Scheduled"),
    ("probe", "Probes"),
    ("import", "Imported"),
)


PER_PAGE: Final = 100
# a provider may sell thousands of models
MOST_DRAWN: Final = 40
MOST_NAMED: Final = 100


@dataclass(frozen=True)
class AnalyticsQuery:
    """What the address asks for, checked."""

    scope: CallScope
    window: Window
    by: tuple[str, ...]


@require_safe
@csp_update(CHART_POLICY)
def analytics(request: HttpRequest) -> HttpResponse:
    """`model`, `provider`, `mode`, `source`, `window` (or `from` and `to`) choose; an unknown name is 404."""
    endpoints = list(Endpoint.objects.select_related("model", "provider").order_by("model__name", "position"))
    query = _read_query(request, endpoints)
    names = endpoint_names(query.scope)
    whole = read_rows(list(names), query.scope, query.window)
    table = build_table(whole, names, by=query.by, window=query.window, rolled_at=rolled_at())
    page = Paginator(table.lines, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _title(query, endpoints),
        "lede": lede(table),
        "fields": _fields(request, query, endpoints),
        "tiles": tiles(table),
        "page": page,
        "lines": [line_row(line) for line in page],
        "without": [shown(subject) for subject in table.without_data[:MOST_NAMED]],
        "others_without": max(0, len(table.without_data) - MOST_NAMED),
        "most_drawn": MOST_DRAWN if len(table.lines) > MOST_DRAWN else 0,
        "first_column": {"provider": "Provider", "model": "Model", "endpoint": "Endpoint"}[query.by[0]],
        "charts": _charts(query, names, table, whole),
        "rolled_at": table.rolled_at,
    }
    return render(request, "analytics/page.html", context)


def _drawn(lines: tuple[PerformanceLine, ...]) -> tuple[PerformanceLine, ...]:
    """All, or of very many those with most calls, in the order of the table."""
    busiest = sorted(lines, key=lambda line: -line.figures.calls)[:MOST_DRAWN]
    keys = {line.subject.key for line in busiest}
    return tuple(line for line in lines if line.subject.key in keys)


def _charts(
    query: AnalyticsQuery, names: dict[int, EndpointName], table: PerformanceTable, whole: list[RollupRow]
) -> list[Chart]:
    """Every chart that has something to show; two more queries than the table."""
    lines, step, ids = _drawn(table.lines), step_for(query.window), list(names)
    series = build_series(
        read_rows(ids, query.scope, query.window, step), names, by=query.by, window=query.window, step=step
    )
    by_hour = read_rows(ids, query.scope, query.window, "hour of day")
    roles = colours([line.subject.key for line in table.lines])
    drawn = (
        bands_chart(series, roles),
        success_chart(series, roles),
        distribution_chart(build_distributions(whole, names, by=query.by), roles),
        failures_chart(lines),
        first_byte_chart(lines, roles),
        hours_chart(build_profiles(by_hour, names, by=query.by, window=query.window), roles),
        price_chart(lines, roles),
        spend_chart(series, roles),
    )
    return [chart for chart in drawn if chart]


def _read_query(request: HttpRequest, endpoints: list[Endpoint]) -> AnalyticsQuery:
    """One provider is split by model, one model by endpoint where it has one provider, else by provider."""
    model, provider = request.GET.get("model", ""), request.GET.get("provider", "")
    if model and model not in {endpoint.model.slug for endpoint in endpoints}:
        raise Http404(f"No endpoint of a model {model}.")
    if provider and provider not in {endpoint.provider.slug for endpoint in endpoints}:
        raise Http404(f"No endpoint of a provider {provider}.")
    mode = request.GET.get("mode", "") if request.GET.get("mode") in MODES else ""
    source = request.GET.get("source", "") if request.GET.get("source") in dict(SOURCES) else ""
    by = ("endpoint",) if model and provider else ("model",) if provider else ("provider",)
    return AnalyticsQuery(CallScope(model=model, provider=provider, mode=mode, source=source), _window(request), by)


def _window(request: HttpRequest) -> Window:
    """A span nobody can mean falls back to the usual one."""
    now = timezone.now()
    try:
        start, end = (parse_datetime(request.GET.get(name, "").replace(" ", "+")) for name in ("from", "to"))
        return chosen_window(request.GET.get("window", ""), start, end, now)
    except (WindowError, ValueError, UnknownName):
        return chosen_window(STANDARD, None, None, now)


def _title(query: AnalyticsQuery, endpoints: list[Endpoint]) -> str:
    model = next((one.model.name for one in endpoints if one.model.slug == query.scope.model), "")
    provider = next((one.provider.name for one in endpoints if one.provider.slug == query.scope.provider), "")
    return " at ".join(filter(None, (model, provider))) or "Analytics"


def _fields(request: HttpRequest, query: AnalyticsQuery, endpoints: list[Endpoint]) -> list[dict[str, Any]]:
    models = {one.model.slug: one.model.name for one in endpoints}
    providers = dict(sorted((one.provider.slug, one.provider.name) for one in endpoints))
    window = query.window.name if query.window.name in dict(WINDOWS) else "custom"
    modes = [(mode, mode_label(mode)) for mode in MODES]
    windows = [*WINDOWS, *([("custom", "Chosen span")] if window == "custom" else [])]
    return [
        select_field("model", "Model", query.scope.model, [("", "Every model"), *models.items()]),
        select_field("provider", "Provider", query.scope.provider, [("", "Every provider"), *providers.items()]),
        select_field("mode", "Mode", query.scope.mode, [("", "Every mode"), *modes]),
        select_field("source", "Source", query.scope.source, SOURCES),
        select_field("window", "Window", window, windows, neutral=STANDARD),
    ]


PERCENTS: Final = ((50, "Median generation time"), (95, "95th percentile"))


@dataclass(frozen=True)
class Side:
    """One provider's calls of the model; measured ones where there are any."""

    subject: Subject
    rows: list[RollupRow]

    def percentile(self, percent_: int) -> IntervalEstimate | None:
        ok = (row.total_sketch for row in self.rows if row.status == "ok")
        return percentile_interval(Histogram.merged(ok), percent_)

    @property
    def success(self) -> IntervalEstimate | None:
        return success_interval(summarize(self.rows, 1.0).success)

    @property
    def calls(self) -> int:
        return sum(int(row.calls) for row in self.rows)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """`model`, and two providers as `a` and `b`; without them the model's first two."""
    endpoints = list(Endpoint.objects.select_related("model", "provider").order_by("model__name", "position"))
    model = request.GET.get("model", "")
    if model and model not in {one.model.slug for one in endpoints}:
        raise Http404(f"No endpoint of a model {model}.")
    sellers = {one.provider.slug: one.provider.name for one in endpoints if one.model.slug == model}
    a, b = _chosen(request, list(sellers))
    sides = _sides(model, (a, b)) if a and b else {}
    context = {
        "title": "Two providers, one model",
        "fields": _compared_fields(endpoints, model, sellers, a, b),
        "names": (sellers.get(a, ""), sellers.get(b, "")),
        "lines": _lines(sides.get(a), sides.get(b)),
        "missing": [sellers[slug] for slug in (a, b) if slug and slug not in sides],
        "simulated": any(side.subject.simulated for side in sides.values()),
        "model": model,
    }
    return render(request, "analytics/compare.html", context)


def _chosen(request: HttpRequest, sellers: Sequence[str]) -> tuple[str, str]:
    asked = [request.GET.get(name, "") for name in ("a", "b")]
    a, b = (slug if slug in sellers else "" for slug in asked)
    a = a or next((slug for slug in sellers if slug != b), "")
    return a, b if b and b != a else next((slug for slug in sellers if slug != a), "")


def _sides(model: str, sellers: Sequence[str]) -> dict[str, Side]:
    """By provider's slug: those that were called in thirty days."""
    scope, window = CallScope(model=model), sliding_window(STANDARD, timezone.now())
    names = endpoint_names(scope)
    found: dict[str, Side] = {}
    for subject, rows in grouped(read_rows(list(names), scope, window), names, ("provider",)).items():
        if subject.provider_slug in sellers:
            found.setdefault(subject.provider_slug, Side(subject, rows))
    return found


def _lines(a: Side | None, b: Side | None) -> list[dict[str, Any]]:
    """One row per figure: both, their difference with its interval, and what that says."""
    if a is None or b is None:
        return []
    rows = [
        _line(label, (a.percentile(rank), b.percentile(rank)), (seconds, seconds), partial(_says, (a, b), "faster"))
        for rank, label in PERCENTS
    ]
    rates = (a.success, b.success)
    rows.append(_line("Success", rates, (percent, points), partial(_says, (b, a), "succeeds more often")))
    calls = {"label": "Calls", "a": count(a.calls), "b": count(b.calls), "gap": "", "span": "", "says": ""}
    return [*rows, calls]


def _line(
    label: str,
    both: tuple[IntervalEstimate | None, IntervalEstimate | None],
    words: tuple[Callable[[float], str], Callable[[float], str]],
    says: Callable[[Difference], str],
) -> dict[str, Any]:
    """`words` write a figure and a difference of two."""
    gap, (figure, distance) = difference(*both), words
    first, second = (figure(one.value) if one else "–" for one in both)
    return {
        "label": label,
        "a": first,
        "b": second,
        "gap": distance(abs(gap.value)) if gap else "–",
        "span": f"{distance(gap.lower)} to {distance(gap.upper)}" if gap else "too few calls to say",
        "says": says(gap) if gap else "",
    }


def _says(order: tuple[Side, Side], better: str, gap: Difference) -> str:
    """`order` is who is better where the difference is below zero, then who is where it is above."""
    if not gap.is_clear:
        return "not told apart: zero lies within the interval"
    return f"{shown(order[0 if gap.value < 0 else 1].subject)} {better}"


def _compared_fields(
    endpoints: Sequence[Endpoint], model: str, sellers: dict[str, str], a: str, b: str
) -> list[dict[str, Any]]:
    sold: dict[str, set[str]] = {}
    for one in endpoints:
        sold.setdefault(one.model.slug, set()).add(one.provider.slug)
    models = {one.model.slug: one.model.name for one in endpoints if len(sold[one.model.slug]) > 1}
    fields = [("model", "Model", model, [("", "Choose a model"), *models.items()])]
    if len(sellers) > 1:
        fields += [("a", "First", a, list(sellers.items())), ("b", "Second", b, list(sellers.items()))]
    return [select_field(*field) for field in fields]
