"""/metrics for Prometheus: to whoever has the token, or without one to this machine alone."""

from hmac import compare_digest
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from arena.client import client_address
from lumenboard.pages.status.site_metrics import SiteCollector


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
