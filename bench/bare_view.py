"""The least a view could do with a vote: one row written, durable. Behind the site's own middleware, for comparison."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.http import require_POST

BARE_VOTE: Final = """
INSERT INTO arena_vote (battle_id, outcome, cast_at, is_counted) VALUES (%(battle)s, %(outcome)s, now(), true)
RETURNING number
"""


@require_POST
def bare_vote(request: HttpRequest) -> JsonResponse:
    """No token, no cap, no tally: what is sent is written."""
    with connection.cursor() as cursor:
        cursor.execute(BARE_VOTE, {"battle": int(request.POST["battle"]), "outcome": request.POST["outcome"]})
        number = cursor.fetchone()[0]
    return JsonResponse({"counted": True, "number": number})


urlpatterns = [path("bench/bare-vote", bare_vote), path("", include("lumenboard.urls"))]
