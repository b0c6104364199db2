"""What is answered when a view or a middleware fails.

Django's own pages read the request's form once more, and fail themselves on one that cannot be read.
"""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from lumenboard.api.problems import CONTENT_TYPE, problem
from lumenboard.outages import RETRY_AFTER_S, is_outage


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database or the disk is what fails, whatever it failed in; else 500."""
    if is_outage(sys.exc_info()[1]):
        return _unavailable(request)
    return HttpResponse(render_to_string("500.html"), status=500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, before any view."""
    return HttpResponse("The request cannot be read.\n", content_type="text/plain; charset=utf-8", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, with what the exception says is missing."""
    context = {"exception": str(exception)} if exception.args else {}
    return HttpResponse(render_to_string("403.html", context, request=request), status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return HttpResponse(render_to_string("404.html", request=request), status=404)


def _unavailable(request: HttpRequest) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_AFTER_S), "Cache-Control": "no-store"}
    if request.path.startswith("/api/"):
        content = problem(503, {"detail": f"the database does not answer; try again in {RETRY_AFTER_S} s"})
        return JsonResponse(content, status=503, content_type=CONTENT_TYPE, headers=headers)
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
