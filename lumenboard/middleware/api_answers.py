"""What answers under /api/v1 share: a limit per client, an ETag that is honoured, problems for wrong addresses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.utils.http import parse_http_date_safe
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from arena.client_address import client_address
from lumenboard.api.problems import CONTENT_TYPE, problem
from lumenboard.counters import count_with
from lumenboard.wrong_keys import too_many_wrong_keys, wait_after_wrong_key

PREFIX: Final = "/api/v1/"
FRESH_S: Final = 30
TOO_MANY: Final = "too many requests from this address; the limit begins anew in {} s"


def api_answers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware; other addresses pass untouched."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX) or request.method == "OPTIONS":
            return get_response(request)
        address = client_address(request)
        allowance = take(address)
        response = get_response(request) if allowance.is_allowed else _too_many(TOO_MANY.format(allowance.reset_s))
        is_wrong_key = response.status_code == 401 and "Authorization" in request.headers
        if wait_s := wait_after_wrong_key(address) if is_wrong_key else 0:
            response = _too_many(too_many_wrong_keys(wait_s))
            response["Retry-After"] = str(wait_s)
        if isinstance(response, HttpResponse):
            response = _conditional(request, _in_form(response))
        for name, value in allowance.headers().items():
            response[name] = value
        return response

    return answer


def _too_many(detail: str) -> HttpResponse:
    return JsonResponse(problem(429, {"detail": detail}), status=429, content_type=CONTENT_TYPE)


def _in_form(response: HttpResponse) -> HttpResponse:
    """Django's own pages for unknown addresses and methods are replaced."""
    if response.status_code not in {404, 405} or response["Content-Type"].endswith("json"):
        return response
    details = {
        404: "there is no such operation; /api/v1/openapi.json lists them all",
        405: f"allowed here: {response.get('Allow', 'GET')}",
    }
    detail = details[response.status_code]
    replaced = JsonResponse(
        problem(response.status_code, {"detail": detail}), status=response.status_code, content_type=CONTENT_TYPE
    )
    if "Allow" in response:
        replaced["Allow"] = response["Allow"]
    return replaced


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """Public reads may be cached for a moment and asked for again by their ETag."""
    if request.method not in {"GET", "HEAD"} or response.status_code != 200 or "Authorization" in request.headers:
        return response
    if "Cache-Control" not in response:
        patch_cache_control(response, public=True, max_age=FRESH_S)
    if "ETag" not in response:
        set_response_etag(response)
    modified = parse_http_date_safe(response.get("Last-Modified", ""))
    answer = get_conditional_response(request, etag=response["ETag"], last_modified=modified, response=response)
    return answer or response


WINDOW_S: Final = 60


@dataclass(frozen=True)
class Allowance:
    """What a client has left; `reset_s` until the window begins anew."""

    limit: int
    remaining: int
    reset_s: int
    is_allowed: bool

    def headers(self) -> dict[str, str]:
        """The fields of the IETF's draft on rate limits."""
        fields = {
            "RateLimit-Policy": f'"client";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"client";r={self.remaining};t={self.reset_s}',
        }
        return fields if self.is_allowed else fields | {"Retry-After": str(self.reset_s)}


def take(client: str) -> Allowance:
    """Counts one request of a client."""
    limit = RateLimitItemPerMinute(settings.API_REQUESTS_PER_MINUTE)
    return count_with(lambda limiter: _taken(limiter, limit, client))


def _taken(limiter: FixedWindowRateLimiter, limit: RateLimitItemPerMinute, client: str) -> Allowance:
    is_allowed = limiter.hit(limit, "api", client)
    window = limiter.get_window_stats(limit, "api", client)
    reset_s = min(WINDOW_S, max(1, round(window.reset_time - time.time())))
    return Allowance(limit.amount, max(0, window.remaining), reset_s, is_allowed)
