"""Performance in words and cells: the sentence a page begins with, its tiles, its rows. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lumenboard.formatting import count, percent, seconds, usd
from providers.telemetry.figures import Figures
from providers.telemetry.tables import PerformanceLine, PerformanceTable, Subject

WINDOW_WORDS = {"1h": "the last hour", "24h": "the last 24 hours", "7d": "the last 7 days", "30d": "the last 30 days"}


def shown(subject: Subject) -> str:
    """What a sentence calls it; simulated figures always say so."""
    return subject.label.replace(" · simulated", " (simulated)")


def lede(table: PerformanceTable) -> str:
    """Who is fastest, how surely it succeeds, and what that rests on."""
    span = WINDOW_WORDS.get(table.window.name, "the chosen span")
    calls = sum(line.figures.calls for line in table.lines)
    if not calls:
        return f"Nothing was called in {span}."
    fastest = table.fastest
    if fastest is None or fastest.figures.total.percentiles is None:
        return f"{count(calls)} calls in {span}; none has enough successes yet to be called fastest."
    p50 = fastest.figures.total.percentiles.p50_ms
    rate = f", {success_text(fastest.figures)} succeed" if fastest.figures.success else ""
    return f"Over {span} {shown(fastest.subject)} is fastest: half of its calls end within {seconds(p50)}{rate}."


def success_text(figures: Figures) -> str:
    """`75.3%`; a dash where no call was the provider's to win or lose."""
    return percent(figures.success.rate if figures.success else None)


def tiles(table: PerformanceTable) -> list[dict[str, Any]]:
    """Sums over all lines."""
    calls = sum(line.figures.calls for line in table.lines)
    ok = sum(line.figures.success.ok for line in table.lines if line.figures.success)
    counted = sum(line.figures.success.counted for line in table.lines if line.figures.success)
    spend = sum((line.figures.money.spend_usd for line in table.lines), Decimal(0))
    simulated = sum(line.figures.calls for line in table.lines if line.subject.simulated)
    found = [
        {
            "label": "Calls",
            "value": count(calls),
            "basis": f"{count(simulated)} of them simulated" if simulated else "",
        },
        {
            "label": "Success",
            "value": percent(Decimal(ok) / counted if counted else None),
            "basis": f"{count(ok)} of {count(counted)} calls; caller errors left out",
        },
        {"label": "Spend", "value": usd(round(spend, 2)), "basis": "including failed calls that were charged"},
    ]
    fastest = table.fastest
    if fastest and fastest.figures.total.percentiles:
        p50 = fastest.figures.total.percentiles.p50_ms
        found.insert(0, {"label": "Fastest median", "value": seconds(p50), "basis": shown(fastest.subject)})
    return found


def line_row(line: PerformanceLine) -> dict[str, Any]:
    """One line of the table as a template shows it."""
    subject, figures = line.subject, line.figures
    total, first = figures.total.percentiles, figures.ttfb.percentiles
    success = figures.success
    name = subject.endpoint_key or subject.model_name or subject.provider_name
    return {
        "rank": line.rank,
        "name": name,
        "url": _address(line),
        "simulated": subject.simulated,
        "note": line.note,
        "p50_ms": total.p50_ms if total else None,
        "p75_ms": total.p75_ms if total else None,
        "p95_ms": total.p95_ms if total else None,
        "p99_ms": total.p99_ms if total else None,
        "average_ms": figures.total.average_ms,
        "ttfb_ms": first.p50_ms if first else None,
        "success": success,
        "success_width": float(success.rate) if success else 0.0,
        "calls": figures.calls,
        "per_image_usd": figures.money.per_image_usd,
    }


def _address(line: PerformanceLine) -> str:
    subject = line.subject
    if subject.model_slug:
        return f"/models/{subject.creator_slug}/{subject.model_slug}/providers"
    return f"/providers/{subject.provider_slug}" if subject.provider_slug else ""
