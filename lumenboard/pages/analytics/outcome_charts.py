"""What becomes of calls and what they cost: success over time, failure classes, spend, price against latency. Pure."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from arena.boards.charts.chart import Chart
from lumenboard.pages.analytics.latency_charts import HEIGHT_PX, busiest
from lumenboard.pages.analytics.words import shown
from providers.telemetry.figures import Figures, Percentiles
from providers.telemetry.series import Series, SeriesSet
from providers.telemetry.tables import PerformanceLine

STATUS_LABELS: Final = {
    "ok": "ok",
    "client": "the caller's fault",
    "moderation": "moderation",
    "rate_limit": "rate limit",
    "billing": "billing",
    "upstream": "the provider's fault",
    "timeout": "time-out",
    "gateway": "our own fault",
}
FAILURE_ROLES: Final = {
    "rate_limit": "series-5",
    "upstream": "series-7",
    "timeout": "series-2",
    "moderation": "series-4",
    "client": "series-8",
    "billing": "series-6",
    "gateway": "series-1",
}


def success_chart(found: SeriesSet, roles: dict[str, str]) -> Chart | None:
    """Success rate per step with its interval."""
    chosen = [one for one in busiest(found.series) if _rates(one)]
    if not chosen:
        return None
    traces = [_rate_trace(one, roles) for one in chosen]
    layout = {
        "height": HEIGHT_PX,
        "xaxis": {"title": {"text": "UTC"}, "showgrid": False, "type": "date"},
        "yaxis": {"title": {"text": "Success"}, "tickformat": ".0%", "range": [0, 1.02]},
        "showlegend": len(traces) > 1,
        "margin": {"r": 16},
    }
    return Chart(
        name="success",
        title=_success_finding(chosen, found.step),
        note="Successful calls, caller errors left out, with 95% Wilson intervals.",
        figure={"data": traces, "layout": layout},
        columns=("Step (UTC)", "Provider", "Successes", "Counted", "Rate"),
        rows=tuple(
            (f"{at:%Y-%m-%d %H:%M}", shown(one.subject), rate.ok, rate.counted, f"{float(rate.rate):.1%}")
            for one in chosen
            for at, rate in _rates(one)
        ),
    )


def failures_chart(lines: Sequence[PerformanceLine]) -> Chart | None:
    """Calls that gave no picture, by class, one bar per subject."""
    failed = [line for line in lines if any(status != "ok" for status, _ in line.figures.by_status)]
    if not failed:
        return None
    layout = {
        "height": 140 + 34 * len(failed),
        "barmode": "stack",
        "bargap": 0.35,
        "xaxis": {"title": {"text": "Share of all calls"}, "tickformat": ".0%", "rangemode": "tozero"},
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "showlegend": True,
        "margin": {"r": 16},
    }
    return Chart(
        name="failures",
        title=_failure_finding(failed),
        note="Callers' mistakes, moderation and billing stay out of the success rate and are shown here.",
        figure={"data": [trace for one in FAILURE_ROLES if (trace := _class_trace(one, failed))], "layout": layout},
        columns=("Provider", "Calls", *STATUS_LABELS.values()),
        rows=tuple((shown(line.subject), line.figures.calls, *_by_class(line)) for line in lines),
    )


def _class_trace(status: str, failed: Sequence[PerformanceLine]) -> dict[str, Any] | None:
    shares = [dict(line.figures.by_status).get(status, 0) / line.figures.calls for line in failed]
    if not any(shares):
        return None
    return {
        "type": "bar",
        "orientation": "h",
        "name": STATUS_LABELS[status],
        "y": [shown(line.subject) for line in failed],
        "x": [round(share, 5) for share in shares],
        "hovertemplate": f"%{{y}}, {STATUS_LABELS[status]}: %{{x:.1%}} of calls<extra></extra>",
        "meta": {"role": FAILURE_ROLES[status]},
    }


def spend_chart(found: SeriesSet, roles: dict[str, str]) -> Chart | None:
    """Dollars per step, stacked."""
    chosen = [one for one in busiest(found.series) if any(figures.money.spend_usd for _, figures in _measured(one))]
    if not chosen:
        return None
    total = sum(figures.money.spend_usd for one in chosen for _, figures in _measured(one))
    unpriced = sum(figures.money.unpriced_calls for one in found.series for _, figures in _measured(one))
    layout = {
        "height": 300,
        "barmode": "stack",
        "bargap": 0.15,
        "xaxis": {"title": {"text": "UTC"}, "showgrid": False, "type": "date"},
        "yaxis": {"title": {"text": "US dollars"}, "tickprefix": "$", "rangemode": "tozero"},
        "showlegend": len(chosen) > 1,
        "margin": {"r": 16},
    }
    return Chart(
        name="spend",
        title=f"${total:,.2f} were spent in the window",
        note=f"Failed calls that were charged count. {unpriced:,} calls have no known cost and are not in the sum.",
        figure={"data": [_spend_trace(one, roles) for one in chosen], "layout": layout},
        columns=("Step (UTC)", "Provider", "Spend, USD", "Calls"),
        rows=tuple(
            (f"{at:%Y-%m-%d %H:%M}", shown(one.subject), f"{figures.money.spend_usd:.6f}", figures.calls)
            for one in chosen
            for at, figures in _measured(one)
        ),
    )


def _spend_trace(one: Series, roles: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": shown(one.subject),
        "x": [_moment(at) for at, _ in _measured(one)],
        "y": [float(round(figures.money.spend_usd, 6)) for _, figures in _measured(one)],
        "hovertemplate": shown(one.subject).replace("%", "%%") + ": $%{y:.4f}<extra></extra>",
        "meta": {"role": roles[one.subject.key]},
    }


def price_chart(lines: Sequence[PerformanceLine], roles: dict[str, str]) -> Chart | None:
    """What a picture costs against how long it takes."""
    known = _priced(lines)
    if not known:
        return None
    traces = [
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": shown(line.subject),
            "text": [shown(line.subject)],
            "textposition": "top center",
            "x": [float(round(price, 8))],
            "y": [p.p50_ms / 1000],
            "error_y": {"type": "data", "symmetric": False, "array": [(p.p95_ms - p.p50_ms) / 1000], "arrayminus": [0]},
            "hovertemplate": shown(line.subject).replace("%", "%%") + ": $%{x:.4f}, %{y:.2f} s<extra></extra>",
            "meta": {"role": roles[line.subject.key]},
        }
        for line, price, p in known
    ]
    cheapest = min(known, key=lambda one: (one[1], one[2].p50_ms))
    left_out = len(lines) - len(known)
    dearest = max(float(price) for _, price, _ in known)
    layout = {
        "height": HEIGHT_PX,
        "xaxis": {
            "title": {"text": "US dollars per successful picture"},
            "tickprefix": "$",
            "range": [0, dearest * 1.3 or 0.01],
        },
        "yaxis": {"title": {"text": "Median seconds, whisker to p95"}, "rangemode": "tozero"},
        "margin": {"r": 16},
    }
    return Chart(
        name="price",
        title=f"{shown(cheapest[0].subject)} costs least per picture: ${float(cheapest[1]):.4f}",
        note="What was paid, failed calls included, by pictures delivered."
        + (f" {left_out} without a known cost or enough calls are left out." if left_out else ""),
        figure={"data": traces, "layout": layout},
        columns=("Provider", "USD per picture", "p50, ms", "p95, ms"),
        rows=tuple((shown(line.subject), f"{price:.6f}", p.p50_ms, p.p95_ms) for line, price, p in known),
    )


def _priced(lines: Sequence[PerformanceLine]) -> list[tuple[PerformanceLine, Decimal, Percentiles]]:
    """Lines whose price per picture and percentiles are known."""
    found = ((line, line.figures.money.per_image_usd, line.figures.total.percentiles) for line in lines)
    return [(line, price, p) for line, price, p in found if price is not None and p]


def _measured(one: Series) -> list[tuple[datetime, Figures]]:
    return [(point.starts_at, point.figures) for point in one.points if point.figures]


def _by_class(line: PerformanceLine) -> list[int]:
    counts = dict(line.figures.by_status)
    return [counts.get(status, 0) for status in STATUS_LABELS]


def _rates(one: Series) -> list[tuple[datetime, Any]]:
    return [(point.starts_at, point.figures.success) for point in one.points if point.figures and point.figures.success]


def _rate_trace(one: Series, roles: dict[str, str]) -> dict[str, Any]:
    rates = _rates(one)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": shown(one.subject),
        "x": [_moment(at) for at, _ in rates],
        "y": [round(float(rate.rate), 5) for _, rate in rates],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [round(float(rate.upper - rate.rate), 5) for _, rate in rates],
            "arrayminus": [round(float(rate.rate - rate.lower), 5) for _, rate in rates],
            "thickness": 1,
            "width": 0,
        },
        "hovertemplate": shown(one.subject).replace("%", "%%") + ": %{y:.1%}<extra></extra>",
        "meta": {"role": roles[one.subject.key]},
    }


def _success_finding(chosen: Sequence[Series], step: str) -> str:
    rates = [
        (float(rate.rate), at, shown(one.subject)) for one in chosen for at, rate in _rates(one) if rate.counted >= 10
    ]
    worst = min(rates, default=None)
    if worst is None:
        return "Success over the window"
    rate, at, label = worst
    when = f"{at:%-d %B}" if step == "day" else f"{at:%-d %B, %H:%M} UTC"
    return f"The worst {step} was {label}'s on {when}: {rate:.0%} of its calls succeeded"


def _failure_finding(failed: Sequence[PerformanceLine]) -> str:
    shares = {
        shown(line.subject): 1 - dict(line.figures.by_status).get("ok", 0) / line.figures.calls for line in failed
    }
    label = max(shares, key=lambda one: shares[one])
    return f"{label} fails most: {shares[label]:.1%} of its calls gave no picture"


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")
