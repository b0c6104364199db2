"""What answers under /api/v1 share: a limit per client, an ETag that is honoured, problems for errors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.utils.http import parse_http_date_safe
from django.views.decorators.csrf import csrf_exempt
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from arena.client import client_address
from lumenboard.api.problems import CONTENT_TYPE, problem
from lumenboard.counters import count_with
from lumenboard.wrong_keys import too_many_wrong_keys, wait_after_wrong_key
from providers.plain_values import field_with_nul, is_plain_text

# all below it is the API's, whatever it is
API: Final = "/api/v1/"
FRESH_S: Final = 30
WINDOW_S: Final = 60
View = Callable[..., HttpResponseBase]


class ProblemApi(NinjaAPI):
    """Every error answer gets `type`, `title` and `status` beside its `detail`, and its document says so.

    Each of its addresses answers within the limit, and so does any other below it.
    """

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns: list[Any] = [*super()._get_urls(), re_path("", unknown)]
        for pattern in patterns:
            pattern.callback = answered(pattern.callback)
        return patterns

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for operations in document["paths"].values():
            for operation in operations.values():
                _document_problems(operation["responses"])
        return document

    def create_response(
        self,
        request: HttpRequest,
        data: Any,
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        code = temporal_response.status_code if temporal_response else status or 200
        is_problem = code >= 400 and isinstance(data, dict)
        content = problem(code, data) if is_problem else data
        answer = super().create_response(request, content, status=status, temporal_response=temporal_response)
        if is_problem:
            answer["Content-Type"] = CONTENT_TYPE
        return answer


def _document_problems(responses: dict[int, dict[str, Any]]) -> None:
    """Errors under their own type of content, with those that no operation declares because all may give them."""
    for status in {400, 422, 429} - set(responses):
        schema = {"$ref": "#/components/schemas/Problem"}
        responses[status] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schema}},
        }
    for status, response in responses.items():
        content = response.get("content", {})
        if status >= 400 and "application/json" in content:
            content[CONTENT_TYPE] = content.pop("application/json")


def answered(view: View) -> View:
    """The view within its client's limit. HEAD, which no operation knows, is answered as GET, for the server leaves the
    body out."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return view(request, *args, **kwargs)
        address, asked = client_address(request), request.method
        allowance = take(address)
        request.method = "GET" if asked == "HEAD" else asked
        try:
            refusal = _unreadable(request) if allowance.is_allowed else _too_many(allowance)
            response = refusal or view(request, *args, **kwargs)
            response = _within_wrong_keys(request, address, response)
            if isinstance(response, HttpResponse):
                response = _conditional(request, _in_form(response))
        except SuspiciousOperation:
            response = _problem(400, "the request cannot be read: it has too many fields or too long a body")
        finally:
            request.method = asked
        for name, value in allowance.headers().items():
            response[name] = value
        return response

    return answer


def _too_many(allowance: Allowance) -> HttpResponse:
    return _problem(429, f"too many requests from this address; the limit begins anew in {allowance.reset_s} s")


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """What holds NUL is refused before any operation sees it."""
    if not is_plain_text(request.path_info):
        return _problem(404, "no address holds the character NUL")
    detail = field_with_nul(request.GET.lists())
    return _problem(400, detail) if detail else None


def _within_wrong_keys(request: HttpRequest, address: str, response: HttpResponseBase) -> HttpResponseBase:
    """429 in place of a 401 from a network that has sent too many wrong keys."""
    is_wrong_key = response.status_code == 401 and "Authorization" in request.headers
    wait_s = wait_after_wrong_key(address) if is_wrong_key else 0
    if not wait_s:
        return response
    refusal = _problem(429, too_many_wrong_keys(wait_s))
    refusal["Retry-After"] = str(wait_s)
    return refusal


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """No operation."""
    return _problem(404, "there is no such operation; /api/v1/openapi.json lists them all")


def _problem(status: int, detail: str) -> HttpResponse:
    return JsonResponse(problem(status, {"detail": detail}), status=status, content_type=CONTENT_TYPE)


def _in_form(response: HttpResponse) -> HttpResponse:
    """The library's own answer to other methods is replaced."""
    if response.status_code != 405 or response["Content-Type"].endswith("json"):
        return response
    allowed = response.get("Allow", "GET")
    replaced = _problem(405, f"allowed here: {allowed}")
    replaced["Allow"] = allowed
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
