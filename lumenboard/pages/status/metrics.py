"""/metrics for Prometheus: to whoever has the token, or without one to this machine alone."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from arena.boards.rank_webhooks import OUTBOXES
from arena.boards.recompute import board_lag_s
from arena.client import client_address
from arena.votes.outcome_sql import IS_OVERALL, TALLY_TOTAL
from lumenboard.pages.status.readiness import heartbeat_ages, queue_depths, rollup_lag_s
from providers.disk_space import disk_spaces
from providers.telemetry.reading import CallScope, performance
from providers.telemetry.tables import sliding_window
from providers.webhooks.attempts import failing, oldest_waiting

# tallies hold every counted vote and are few, whatever the votes
VOTES: Final = f"SELECT coalesce(sum({TALLY_TOTAL}), 0) FROM arena_tally WHERE {IS_OVERALL}"  # noqa: S608
REFUSED: Final = "SELECT reason, count(*) FROM arena_refusedvote WHERE received_at >= %s GROUP BY reason"
CALLS: Final = """
SELECT p.slug, r.status, r.source, r.simulated, sum(r.calls), sum(r.cost_usd_sum)
FROM providers_dayrollup r JOIN providers_endpoint e ON e.id = r.endpoint_id JOIN providers_provider p
ON p.id = e.provider_id GROUP BY 1, 2, 3, 4
"""
PERCENTS: Final = (50, 95)


class SiteCollector(Collector):
    """Reads at each scrape, so that any process may answer it."""

    def collect(self) -> Iterable[Metric]:
        """Every family in turn."""
        yield from _votes()
        yield from _calls()
        yield _latency()
        yield from _work()
        yield _disks()


def _rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, list(parameters))
        return cursor.fetchall()


def _votes() -> Iterator[Metric]:
    yield CounterMetricFamily("lumenboard_votes", "Votes that count.", value=float(_rows(VOTES)[0][0]))
    refused = GaugeMetricFamily("lumenboard_votes_refused_last_day", "Votes refused in 24 hours.", labels=["reason"])
    for reason, count in _rows(REFUSED, timezone.now() - timedelta(days=1)):
        refused.add_metric([reason], count)
    yield refused


def _calls() -> Iterator[Metric]:
    labels = ["provider", "status", "source", "simulated"]
    calls = CounterMetricFamily("lumenboard_provider_calls", "Calls to providers, as rolled up.", labels=labels)
    spend = CounterMetricFamily("lumenboard_provider_spend_usd", "What they cost, as rolled up.", labels=labels)
    for provider, status, source, simulated, count, cost in _rows(CALLS):
        values = [provider, status, source, str(simulated).lower()]
        calls.add_metric(values, float(count))
        spend.add_metric(values, float(cost))
    yield calls
    yield spend


def _latency() -> Metric:
    labels = ["provider", "simulated", "quantile"]
    found = GaugeMetricFamily(
        "lumenboard_provider_latency_seconds", "Successful calls of the last hour; absent under ten.", labels=labels
    )
    for line in performance(CallScope(), sliding_window("1h", timezone.now())).lines:
        for percent in PERCENTS:
            value = line.figures.total.at(percent)
            if value is not None:
                simulated = str(line.subject.simulated).lower()
                found.add_metric([line.subject.provider_slug, simulated, str(percent / 100)], value / 1000)
    return found


def _disks() -> Metric:
    free = GaugeMetricFamily("lumenboard_disk_free_bytes", "Free where data and images are written.", labels=["disk"])
    for space in disk_spaces():
        free.add_metric([space.name], space.free_bytes)
    return free


def _work() -> Iterator[Metric]:
    ages = GaugeMetricFamily("lumenboard_queue_canary_age_seconds", "Since a task of the queue ran.", labels=["queue"])
    for queue, age in heartbeat_ages().items():
        ages.add_metric([queue], float("inf") if age is None else age)
    yield ages
    lengths = GaugeMetricFamily("lumenboard_queue_messages", "Messages that wait.", labels=["queue"])
    waits = GaugeMetricFamily("lumenboard_queue_oldest_seconds", "How long the oldest has waited.", labels=["queue"])
    for queue, depth in (queue_depths() or {}).items():
        lengths.add_metric([queue], depth.messages)
        waits.add_metric([queue], depth.oldest_s)
    yield lengths
    yield waits
    now = timezone.now()
    yield GaugeMetricFamily(
        "lumenboard_board_lag_seconds", "Age of the oldest vote not on its board.", board_lag_s(now)
    )
    number, since = oldest_waiting(OUTBOXES)
    yield GaugeMetricFamily("lumenboard_messages_waiting", "Webhooks and mails not taken yet.", number)
    age = (now - since).total_seconds() if since else 0.0
    yield GaugeMetricFamily("lumenboard_message_oldest_seconds", "Age of the oldest of them.", age)
    yield GaugeMetricFamily("lumenboard_receivers_failing", "Receivers that take nothing.", failing(OUTBOXES).count())
    yield GaugeMetricFamily("lumenboard_rollup_lag_seconds", "Age of the oldest change not rolled up.", rollup_lag_s())


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Requests of all processes of this machine, and what the database knows."""
    if not _may_read(request):
        return HttpResponse("You may not read this address.\n", content_type="text/plain", status=403)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(SiteCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES:
        return False
    try:
        return ip_address(client_address(request)).is_loopback
    except ValueError:
        return False
