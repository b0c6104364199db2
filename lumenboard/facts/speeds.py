"""How fast several models are, as the page of each says it: measured, reported, simulated. A few queries in all."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils import timezone

from arena.models.competitions import public_models
from lumenboard.facts.assembly import join_performance
from lumenboard.facts.figures import measured_performance, reported_performance
from lumenboard.facts.types import PerformanceFacts
from providers.models import Endpoint, ReportedPerformance
from providers.telemetry.reading import endpoint_name, performance_for
from providers.telemetry.tables import STANDARD, EndpointName, sliding_window


def performance_of_slugs(slugs: Collection[str], mode: str) -> Mapping[str, tuple[PerformanceFacts, ...]]:
    """Of those of them that are public models, in one mode. Three queries."""
    wanted = public_models().filter(slug__in=slugs)
    sold = Endpoint.objects.filter(is_enabled=True, model__in=wanted).select_related("provider", "model__creator")
    names = [endpoint_name(row, row.model) for row in sold.order_by("position", "id")]
    return performance_of_models(wanted, names, mode)


def performance_of_models(
    wanted: Any, names: Sequence[EndpointName], mode: str = ""
) -> Mapping[str, tuple[PerformanceFacts, ...]]:
    """By slug, of models with anything known, whose endpoints in use are `names`. In one mode, or in all. Two queries.

    Reports do not tell modes apart, so in one mode they speak of models that have no other.
    """
    table = performance_for(names, sliding_window(STANDARD, timezone.now()), ("model", "provider"), mode)
    reports = ReportedPerformance.objects.filter(model__in=wanted).select_related("provider", "model")
    if mode:
        reports = reports.filter(model__modes=[mode])
    measured, reported = defaultdict(list), defaultdict(list)
    for line in table.lines:
        measured[line.subject.model_slug].append(measured_performance(line))
    for row in reports:
        reported[row.model.slug].append(reported_performance(row))
    return {slug: join_performance(measured[slug], reported[slug]) for slug in {*measured, *reported}}
