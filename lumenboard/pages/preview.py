"""Pages of what is not public: operators see them as everybody will, anybody else the 404 of what is not there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from arena.models.operations import SEE_OPERATIONS
from arena.models.visibility import EVERYONE, OPERATOR, Viewer

# who may look at drafts at /ops or in the admin
PERMISSIONS: Final = (SEE_OPERATIONS, "arena.view_competition")
View = Callable[..., HttpResponseBase]


def may_preview(request: HttpRequest) -> bool:
    return request.user.is_active and any(map(request.user.has_perm, PERMISSIONS))


def previewed(view: View) -> View:
    """Gives the view a `viewer`. What everybody may see is asked first, so public answers depend on no session.

    An answer for operators alone is stored by no cache and listed by no index.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            answer = view(request, *args, viewer=EVERYONE, **kwargs)
        except Http404:
            if not may_preview(request):
                raise
        else:
            if answer.status_code != 404 or not may_preview(request):
                return answer
        answer = view(request, *args, viewer=OPERATOR, **kwargs)
        answer["Cache-Control"] = "no-store, private"
        answer["X-Robots-Tag"] = "noindex"
        return answer

    return guarded


def preview_badges(viewer: Viewer) -> list[dict[str, str]]:
    """Says on a page that only operators see it."""
    return [{"kind": "preview", "text": "not public: only operators see this page"}] if viewer.is_operator else []
