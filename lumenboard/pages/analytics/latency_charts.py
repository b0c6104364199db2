"""How long calls take: over time as bands, as a distribution, over the day, and first byte against the whole. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from arena.boards.charts.chart import Chart, log_ticks, series_role
from lumenboard.pages.analytics.words import shown
from providers.telemetry.figures import Percentiles
from providers.telemetry.series import DayProfile, Distribution, Series, SeriesSet
from providers.telemetry.tables import PerformanceLine

MOST_LINES: Final = 4
HEIGHT_PX: Final = 360


def bands_chart(found: SeriesSet, roles: dict[str, str]) -> Chart | None:
    """p50 as a line and p50 to p95 as a band, for the subjects with most calls; None without a percentile."""
    chosen = busiest(found.series)
    traces = [trace for one in chosen for trace in _band(one, roles)]
    if not traces:
        return None
    return Chart(
        name="latency",
        title=_latency_finding(chosen, found.step),
        note=f"Generation time of successful calls per {found.step}: the line is the median, the band reaches up to "
        "p95. Steps with fewer than 10 successes are left out.",
        figure={"data": traces, "layout": _time_layout(_seconds(y for trace in traces for y in trace["y"]))},
        columns=("Step (UTC)", "Provider", "p50, ms", "p95, ms", "Successful calls"),
        rows=tuple(
            (f"{at:%Y-%m-%d %H:%M}", shown(one.subject), p.p50_ms, p.p95_ms, calls)
            for one in chosen
            for at, p, calls in _quantiles(one)
        ),
    )


def distribution_chart(found: Sequence[Distribution], roles: dict[str, str]) -> Chart | None:
    """The share of successful calls in each bar of time."""
    chosen = sorted(found, key=lambda one: -sum(one.counts))[:MOST_LINES]
    if not chosen:
        return None
    traces = []
    for one in chosen:
        total = sum(one.counts)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": shown(one.subject),
                "line": {"shape": "hvh"},
                "fill": "tozeroy",
                "x": [edge / 1000 for edge in one.edges_ms[:-1]],
                "y": [round(count / total, 5) for count in one.counts],
                "hovertemplate": "%{y:.1%} of calls around %{x:.2f} s<extra></extra>",
                "meta": {"role": roles[one.subject.key]},
            }
        )
    layout = {
        "height": HEIGHT_PX,
        "xaxis": {**_seconds(edge / 1000 for one in chosen for edge in one.edges_ms), "showgrid": False},
        "yaxis": {"title": {"text": "Share of calls"}, "tickformat": ".0%", "rangemode": "tozero"},
        "margin": {"r": 16},
        "showlegend": len(traces) > 1,
    }
    return Chart(
        name="distribution",
        title=_spread_finding(chosen),
        note="Successful calls by generation time, in bars of equal ratio. Two peaks mean two kinds of call.",
        figure={"data": traces, "layout": layout},
        columns=("From, ms", *(shown(one.subject) for one in chosen)),
        rows=tuple(
            (edge, *(one.counts[place] for one in chosen))
            for place, edge in enumerate(chosen[0].edges_ms[:-1])
            if any(one.counts[place] for one in chosen)
        ),
    )


def hours_chart(found: Sequence[DayProfile], roles: dict[str, str]) -> Chart | None:
    """The median by the hour of the day."""
    chosen = [one for one in found if any(hour.figures for hour in one.hours)][:MOST_LINES]
    points = {one.subject.key: _hourly(one) for one in chosen}
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": shown(one.subject),
            "x": [hour for hour, _, _ in points[one.subject.key]],
            "y": [p50 / 1000 for _, p50, _ in points[one.subject.key]],
            "hovertemplate": shown(one.subject).replace("%", "%%") + ", %{x}:00: %{y:.2f} s<extra></extra>",
            "meta": {"role": roles[one.subject.key]},
        }
        for one in chosen
        if points[one.subject.key]
    ]
    if not traces:
        return None
    layout = {
        "height": HEIGHT_PX,
        "xaxis": {"title": {"text": "Hour of the day, UTC"}, "showgrid": False, "dtick": 3, "range": [-0.5, 23.5]},
        "yaxis": {"title": {"text": "Median, seconds"}, "rangemode": "tozero"},
        "showlegend": len(traces) > 1,
        "margin": {"r": 16},
    }
    return Chart(
        name="hours",
        title=_hours_finding(chosen, points),
        note="Median generation time of calls that started in each hour, over the whole window.",
        figure={"data": traces, "layout": layout},
        columns=("Hour (UTC)", "Provider", "p50, ms", "p95, ms"),
        rows=tuple(
            (hour, shown(one.subject), p50, p95) for one in chosen for hour, p50, p95 in points[one.subject.key]
        ),
    )


def first_byte_chart(lines: Sequence[PerformanceLine], roles: dict[str, str]) -> Chart | None:
    """Time to the first byte of the result against the time to its last."""
    known = [
        (line, first, total)
        for line in lines
        if (first := line.figures.ttfb.percentiles) and (total := line.figures.total.percentiles)
    ]
    if not known:
        return None
    traces = [
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": shown(line.subject),
            "text": [shown(line.subject)],
            "textposition": "top center",
            "x": [first.p50_ms / 1000],
            "y": [total.p50_ms / 1000],
            "hovertemplate": "first byte %{x:.2f} s, whole %{y:.2f} s<extra>%{text}</extra>",
            "meta": {"role": roles[line.subject.key]},
        }
        for line, first, total in known
    ]
    most = max(1, *(total.p50_ms for _, _, total in known)) / 1000 * 1.15
    slowest = max(known, key=lambda one: one[2].p50_ms - one[1].p50_ms)
    wait = (slowest[2].p50_ms - slowest[1].p50_ms) / 1000
    layout = {
        "height": HEIGHT_PX,
        "xaxis": {
            "title": {"text": "First byte of the result, median seconds"},
            "rangemode": "tozero",
            "range": [0, most],
        },
        "yaxis": {"title": {"text": "Whole generation, median seconds"}, "range": [0, most]},
        "shapes": [{"type": "line", "x0": 0, "y0": 0, "x1": most, "y1": most, "line": {"width": 1, "dash": "dot"}}],
        "margin": {"r": 16},
    }
    return Chart(
        name="first-byte",
        title=f"From first byte to last picture {shown(slowest[0].subject)} takes longest, {wait:.2f} s",
        note="On the dotted line the result arrived at once; the further above it, the longer the download took.",
        figure={"data": traces, "layout": layout},
        columns=("Provider", "First byte p50, ms", "First byte p95, ms", "Whole p50, ms", "Whole p95, ms"),
        rows=tuple((shown(line.subject), f.p50_ms, f.p95_ms, t.p50_ms, t.p95_ms) for line, f, t in known),
    )


def _hourly(one: DayProfile) -> list[tuple[int, int, int]]:
    """Hour, p50 and p95 of the hours with enough calls."""
    found = ((hour.hour, hour.figures.total.percentiles) for hour in one.hours if hour.figures)
    return [(hour, p.p50_ms, p.p95_ms) for hour, p in found if p]


def _quantiles(one: Series) -> list[tuple[datetime, Percentiles, int]]:
    """Moment, percentiles and successful calls of the steps with enough of them."""
    found = ((point.starts_at, point.figures.total) for point in one.points if point.figures)
    return [(at, total.percentiles, total.calls) for at, total in found if total.percentiles]


def busiest(series: Sequence[Series]) -> list[Series]:
    """The subjects with most calls, four at most: more bands hide one another."""
    return sorted(series, key=lambda one: -_calls(one))[:MOST_LINES]


def colours(keys: Sequence[str]) -> dict[str, str]:
    """A token of the page for each subject, the same in every chart."""
    return {key: series_role(place) for place, key in enumerate(keys)}


def _calls(one: Series) -> int:
    return sum(point.figures.calls for point in one.points if point.figures)


def _band(one: Series, roles: dict[str, str]) -> list[dict[str, Any]]:
    points = [(at, p) for at, p, _ in _quantiles(one)]
    if not points:
        return []
    moments = [at.strftime("%Y-%m-%dT%H:%M:%S") for at, _ in points]
    role = {"meta": {"role": roles[one.subject.key]}}
    name = shown(one.subject)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": moments,
            "y": [drawn_s(p.p50_ms) for _, p in points],
            "hovertemplate": name.replace("%", "%%") + ": p50 %{y:.2f} s<extra></extra>",
            **role,
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": f"{name}, p95",
            "showlegend": False,
            "fill": "tonexty",
            "line": {"width": 0},
            "x": moments,
            "y": [drawn_s(p.p95_ms) for _, p in points],
            "hovertemplate": name.replace("%", "%%") + ": p95 %{y:.2f} s<extra></extra>",
            **role,
        },
    ]


def drawn_s(duration_ms: float) -> float:
    """Seconds on a logarithmic axis, which has no place for 0: less than a millisecond is drawn at one."""
    return max(1, duration_ms) / 1000


def _seconds(durations: Iterable[float]) -> dict[str, Any]:
    """A logarithmic axis for such durations in seconds."""
    known = [max(0.001, one) for one in durations]
    return {"title": {"text": "Seconds, log scale"}, "type": "log", **log_ticks(min(known) / 2, max(known) * 2)}


def _time_layout(yaxis: dict[str, Any]) -> dict[str, Any]:
    return {
        "height": HEIGHT_PX,
        "xaxis": {"title": {"text": "UTC"}, "showgrid": False, "type": "date"},
        "yaxis": yaxis,
        "showlegend": True,
        "hovermode": "x unified",
        "margin": {"r": 16},
    }


def _latency_finding(chosen: Sequence[Series], step: str) -> str:
    medians = {shown(one.subject): [p.p50_ms for _, p, _ in _quantiles(one)] for one in chosen}
    steady = {label: max(1, *ms) / max(1, min(ms)) for label, ms in medians.items() if len(ms) > 1}
    if not steady:
        return "Generation time over the window"
    label = min(steady, key=lambda one: steady[one])
    return f"{label} is the steadiest: its slowest {step} took {steady[label]:.1f} times its fastest"


def _spread_finding(chosen: Sequence[Distribution]) -> str:
    one = chosen[0]
    total, running = sum(one.counts), 0
    for place, count in enumerate(one.counts):
        running += count
        if running >= 0.9 * total:
            return f"Nine in ten calls of {shown(one.subject)} end within {one.edges_ms[place + 1] / 1000:.1f} s"
    return "How generation times are spread"


def _hours_finding(chosen: Sequence[DayProfile], points: dict[str, list[tuple[int, int, int]]]) -> str:
    one = next(one for one in chosen if points[one.subject.key])
    hour, p50, _ = max(points[one.subject.key], key=lambda found: found[1])
    return f"{shown(one.subject)} is slowest in the hour from {hour}:00 UTC, at {p50 / 1000:.1f} s"
