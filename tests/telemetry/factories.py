"""Endpoints and samples for telemetry tests; each states only what matters."""

from datetime import UTC, datetime

from providers.models import Endpoint
from providers.telemetry.import_samples import record_samples
from providers.telemetry.sample_rows import NewSample
from tests.dispatch.factories import make_endpoint

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

__all__ = ["NOON", "make_endpoint", "make_sample", "make_samples"]


def make_sample(endpoint: Endpoint, **fields) -> NewSample:
    total = fields.get("total_ms", 1000)
    known = {
        "endpoint_id": endpoint.pk,
        "started_at": NOON,
        "total_ms": total,
        "ttfb_ms": total // 2,
        "status": "ok",
        "mode": "text-to-image",
        "source": "gateway",
        "simulated": False,
    }
    return NewSample(**{**known, **fields})


def make_samples(endpoint: Endpoint, *totals: int, **fields) -> None:
    record_samples(make_sample(endpoint, total_ms=total, **fields) for total in totals)
