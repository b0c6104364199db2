"""The planner's catalogue as the gateway holds it: whether rows have changed, figures and ratings. Read side."""

from dataclasses import replace
from typing import Final

from django.db import connection
from django.utils import timezone

from arena.models import Standing
from providers.planning.served import Catalogue, EndpointFigures
from providers.telemetry.reading import CallScope, performance
from providers.telemetry.windows import sliding_window

WINDOW: Final = "24h"
WATCHED: Final = (
    *("imagemodel", "modelalias", "modelparameter", "endpoint", "endpointparameter", "pricecomponent"),
    *("provider", "provideraccount"),
)


def rows_version() -> str:
    """Changes with every change of a watched table: its youngest row's transaction, and how many rows it has."""
    parts = " UNION ALL ".join(
        f"SELECT {number}, count(*), max(xmin::text::bigint) FROM providers_{table}"  # noqa: S608  # names of this file
        for number, table in enumerate(WATCHED)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{parts} ORDER BY 1")
        return repr(cursor.fetchall())


def with_figures(catalogue: Catalogue) -> Catalogue:
    """Speed and success of the last day, and ratings of the modes' boards."""
    return replace(catalogue, figures=_figures(catalogue), ratings=_ratings())


def _figures(catalogue: Catalogue) -> dict[int, EndpointFigures]:
    lines = performance(CallScope(), sliding_window(WINDOW, timezone.now()), by=("endpoint",)).lines
    by_key = {(line.subject.endpoint_key, line.subject.simulated): line.figures for line in lines}
    found: dict[int, EndpointFigures] = {}
    for model in catalogue.models:
        for endpoint in model.endpoints:
            simulated = endpoint.access is not None and endpoint.access.simulated
            figures = by_key.get((endpoint.key, simulated))
            if figures is None:
                continue
            speed, average_ms = figures.total.percentiles, figures.total.average_ms
            found[endpoint.id] = EndpointFigures(
                p50_ms=speed.p50_ms if speed else None,
                p95_ms=speed.p95_ms if speed else None,
                images_per_minute=60_000 / average_ms if average_ms else None,
                success_rate=float(figures.success.lower) if figures.success else None,
            )
    return found


def _ratings() -> dict[tuple[str, str], float]:
    standings = (
        Standing.objects.public()
        .current_headline()
        .filter(snapshot__board__kind="mode")
        .values_list("model__slug", "snapshot__board__mode", "rating")
    )
    return {(slug, mode): float(rating) for slug, mode, rating in standings if rating is not None}
