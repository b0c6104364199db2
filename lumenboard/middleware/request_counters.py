"""Requests by route, method and class of status, with their durations. Shared by the processes of one machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

from lumenboard.middleware.counter_file import use_counter_files

use_counter_files()
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUESTS: Final = Counter("lumenboard_requests_total", "Requests answered.", ["route", "method", "status"])
SECONDS: Final = Histogram("lumenboard_request_seconds", "Time to an answer.", ["route"], buckets=BUCKETS)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """`route` is the pattern of an address, never the address itself, so that series stay few."""
    known = method if method in METHODS else "other"
    REQUESTS.labels(route, known, f"{status // 100}xx").inc()
    SECONDS.labels(route).observe(seconds)


def counted(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: the outermost, so that every answer is counted."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        route = f"/{match.route}" if match else "none"
        count_request(route, request.method or "", response.status_code, time.perf_counter() - started)
        return response

    return answer
