"""What is answered when a view or a middleware fails, or a form is refused.

Django's own pages read the request's form once more, and fail themselves on one that cannot be read.
"""

import re
import sys
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache

from arena.parity.battle_kind import PARITY
from arena.voting.ballot import Refused
from arena.voting.battle_kind import MODELS
from arena.voting.views import form_refused
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


OF_A_BATTLE: Final = re.compile(r"(/battles|/vote/parity)/[0-9a-f-]{36}/\w+")
NO_COOKIE: Final = (
    "Your browser sent no cookie of this site with it: cookies are blocked, or were cleared after the page was loaded."
)
OLD_PAGE: Final = "It lacked the security token of a page of this site, or the page was older than your cookies."


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 by itself, whichever form it was; Django's own `reason` goes to its log."""
    why = NO_COOKIE if settings.CSRF_COOKIE_NAME not in request.COOKIES else OLD_PAGE
    if found := OF_A_BATTLE.fullmatch(request.path):
        what = "This vote did not count." if request.path.endswith("/vote") else "This was not received."
        kind = PARITY if found[1] == PARITY.battle_url else MODELS
        return form_refused(request, Refused("no_cookies", 403, f"{what} {why}"), kind)
    return render(
        request,
        "403.html",
        {"exception": f"The form was not accepted. {why} Reload the page and send it again."},
        status=403,
    )
