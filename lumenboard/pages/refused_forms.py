"""What is answered to a form without the token against forgery: that nothing was done, and why."""

import re
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from arena.voting.ballot import Refused
from arena.voting.views import form_refused

OF_A_BATTLE: Final = re.compile(r"/battles/[0-9a-f-]{36}/\w+")
NO_COOKIE: Final = (
    "Your browser sent no cookie of this site with it: cookies are blocked, or were cleared after the page was loaded."
)
OLD_PAGE: Final = "It lacked the security token of a page of this site, or the page was older than your cookies."


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 by itself, whichever form it was; Django's own `reason` goes to its log."""
    why = NO_COOKIE if settings.CSRF_COOKIE_NAME not in request.COOKIES else OLD_PAGE
    if OF_A_BATTLE.fullmatch(request.path):
        what = "This vote did not count." if request.path.endswith("/vote") else "This was not received."
        return form_refused(request, Refused("no_cookies", 403, f"{what} {why}"))
    return render(
        request,
        "403.html",
        {"exception": f"The form was not accepted. {why} Reload the page and send it again."},
        status=403,
    )
