"""Two providers on one model: what differs, by how much, and whether that is more than chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lumenboard.formatting import count, percent, points, seconds
from lumenboard.pages.analytics.words import shown
from lumenboard.pages.filter_bar import select_field
from providers.models import Endpoint
from providers.telemetry.figures import summarize
from providers.telemetry.histogram import Histogram
from providers.telemetry.reading import CallScope, endpoint_names, read_rows
from providers.telemetry.rollup_sql import RollupRow
from providers.telemetry.series import (
    Difference,
    IntervalEstimate,
    difference,
    percentile_interval,
    success_interval,
)
from providers.telemetry.tables import STANDARD, Subject, grouped, sliding_window

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
        "fields": _fields(endpoints, model, sellers, a, b),
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


def _fields(endpoints: Sequence[Endpoint], model: str, sellers: dict[str, str], a: str, b: str) -> list[dict[str, Any]]:
    sold: dict[str, set[str]] = {}
    for one in endpoints:
        sold.setdefault(one.model.slug, set()).add(one.provider.slug)
    models = {one.model.slug: one.model.name for one in endpoints if len(sold[one.model.slug]) > 1}
    fields = [("model", "Model", model, [("", "Choose a model"), *models.items()])]
    if len(sellers) > 1:
        fields += [("a", "First", a, list(sellers.items())), ("b", "Second", b, list(sellers.items()))]
    return [select_field(*field) for field in fields]
