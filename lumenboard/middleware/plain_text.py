"""Text that no column holds is refused before any view sees it: NUL in an address, a query or a form.

Halves of surrogate pairs cannot come this way, for Django decodes all three; JSON bodies are read by code that checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase

from lumenboard.api.problems import CONTENT_TYPE, problem
from providers.plain_values import is_plain_text


class PlainText:
    """Middleware; behind the one of CSRF, so that forms are read by who may send them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_plain_text(request.path_info):
            raise Http404("No address holds the character NUL.")
        return _refusal(request, request.GET) or self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """After the address is known, for only views read forms."""
        return _refusal(request, request.POST) if request.method == "POST" else None


def _refusal(request: HttpRequest, fields: QueryDict) -> HttpResponse | None:
    """400 that names the field; None where all is well."""
    for name, values in fields.lists():
        if not all(map(is_plain_text, (name, *values))):
            detail = f"{ascii(name)[1:-1][:100]}: holds the character NUL, which no text here may have"
            if request.path_info.startswith("/api/"):
                return JsonResponse(problem(400, {"detail": detail}), status=400, content_type=CONTENT_TYPE)
            return HttpResponse(f"{detail}\n", content_type="text/plain; charset=utf-8", status=400)
    return None
