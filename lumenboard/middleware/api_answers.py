"""What answers under /api/v1 share: a limit per client, an ETag that is honoured, problems for wrong addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.utils.http import parse_http_date_safe

from arena.client_address import client_address
from lumenboard.api.problems import CONTENT_TYPE, problem
from lumenboard.middleware.api_limits import take
from lumenboard.wrong_keys import too_many_wrong_keys, wait_after_wrong_key

PREFIX: Final = "/api/v1/"
FRESH_S: Final = 30


def api_answers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware; other addresses pass untouched."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX) or request.method == "OPTIONS":
            return get_response(request)
        address = client_address(request)
        allowance = take(address)
        response = get_response(request) if allowance.is_allowed else _too_many(_limit_text(allowance.reset_s))
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


def _limit_text(reset_s: int) -> str:
    return f"too many requests from this address; the limit begins anew in {reset_s} s"


def _too_many(detail: str) -> HttpResponse:
    return JsonResponse(problem(429, {"detail": detail}), status=429, content_type=CONTENT_TYPE)


def _in_form(response: HttpResponse) -> HttpResponse:
    """Django's own pages for unknown addresses and methods are replaced."""
    if response.status_code not in {404, 405} or response["Content-Type"].endswith("json"):
        return response
    told = {
        404: "there is no such operation; /api/v1/openapi.json lists them all",
        405: f"allowed here: {response.get('Allow', 'GET')}",
    }
    detail = told[response.status_code]
    replaced = JsonResponse(
        problem(response.status_code, {"detail": detail}), status=response.status_code, content_type=CONTENT_TYPE
    )
    if "Allow" in response:
        replaced["Allow"] = response["Allow"]
    return replaced


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """Public reads may be kept for a moment and asked for again by their ETag."""
    if request.method not in {"GET", "HEAD"} or response.status_code != 200 or "Authorization" in request.headers:
        return response
    if "Cache-Control" not in response:
        patch_cache_control(response, public=True, max_age=FRESH_S)
    if "ETag" not in response:
        set_response_etag(response)
    modified = parse_http_date_safe(response.get("Last-Modified", ""))
    answer = get_conditional_response(request, etag=response["ETag"], last_modified=modified, response=response)
    return answer or response
