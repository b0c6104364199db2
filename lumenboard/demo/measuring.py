"""The demo's calls as samples: written by COPY in the order of their start, marked as simulated."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection

from lumenboard.demo.outcomes import STATUSES, simulate_calls
from lumenboard.facts.assembly import STANDARD_SIZE
from providers.models import Endpoint
from providers.pricing import Cost, defaults_of, image_cost
from providers.sheet import EndpointSheet, ModelSheet
from providers.telemetry.import_samples import record_samples
from providers.telemetry.sample_rows import NewSample

MEGAPIXELS: Final = Decimal(STANDARD_SIZE.pixels) / 10**6
# these were refused before any work was done, so nothing is charged
FREE: Final = {"rate_limit", "client", "gateway", "upstream"}


def measure(sheets: Iterable[ModelSheet], now: datetime) -> int:
    """Thirty days of simulated calls to the endpoints of these models; how many."""
    ids = dict(Endpoint.objects.values_list("key", "id"))
    made = [
        sample for sheet in sheets for e in sheet.endpoints if e.key in ids for sample in _calls(e, ids[e.key], now)
    ]
    return record_samples(sorted(made, key=lambda sample: sample.started_at))


def forget_samples(endpoint_ids: Iterable[int]) -> None:
    """Takes the samples of endpoints out, before they go themselves."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM providers_requestsample WHERE endpoint_id = ANY(%s)", [list(endpoint_ids)])


def _calls(endpoint: EndpointSheet, endpoint_id: int, now: datetime) -> Iterator[NewSample]:
    calls = simulate_calls(endpoint.key)
    costs = {mode: image_cost(endpoint.prices, mode, STANDARD_SIZE, defaults_of(endpoint)) for mode in endpoint.modes}
    columns = (calls.age_hours, calls.total_ms, calls.ttfb_ms, calls.status, calls.is_scheduled, calls.is_second_mode)
    for age, total, ttfb, place, is_scheduled, is_second in zip(*(c.tolist() for c in columns), strict=True):
        mode, status = endpoint.modes[-1 if is_second else 0], STATUSES[place]
        cost = costs[mode]
        charged = cost.total_usd if isinstance(cost, Cost) else None
        yield NewSample(
            endpoint_id=endpoint_id,
            started_at=now - timedelta(hours=age, milliseconds=total),
            total_ms=total,
            ttfb_ms=None if status == "timeout" else ttfb,
            status=status,
            mode=mode,
            source="scheduled" if is_scheduled else "gateway",
            simulated=True,
            cost_usd=Decimal(0) if status in FREE else charged,
            megapixels=MEGAPIXELS if status == "ok" else None,
        )
