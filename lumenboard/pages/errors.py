"""What is answered when a view or a middleware fails."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from lumenboard.api_problems import CONTENT_TYPE, problem
from lumenboard.outages import RETRY_AFTER_S, is_outage


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database or the disk is what fails, whatever it failed in; else 500."""
    if is_outage(sys.exc_info()[1]):
        return _unavailable(request)
    return defaults.server_error(request)


def _unavailable(request: HttpRequest) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_AFTER_S), "Cache-Control": "no-store"}
    if request.path.startswith("/api/"):
        content = problem(503, {"detail": f"the database does not answer; try again in {RETRY_AFTER_S} s"})
        return JsonResponse(content, status=503, content_type=CONTENT_TYPE, headers=headers)
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
