"""What a request may bring: a body whose length is stated and bounded, files cut short, text that a column can hold.

What the bytes of a file are is none of its business; arena/images/intake looks at that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict

from lumenboard.api.problems import CONTENT_TYPE, problem
from providers.plain_values import is_plain_text, whole_number

FILES_PER_BODY: Final = 3
"""A body may hold this many files of the largest size; a form of more images is sent in parts."""

Handler = Callable[[HttpRequest], HttpResponseBase]


def longest_body() -> int:
    """In bytes."""
    return FILES_PER_BODY * settings.MAX_UPLOAD_BYTES


def bounded_bodies(get_response: Handler) -> Handler:
    """Middleware: 411 for a body without a length, 413 for one that is too long; neither is read."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.headers.get("Transfer-Encoding"):
            return _text("The length of the body must be stated (Content-Length).", 411)
        length = whole_number(request.META.get("CONTENT_LENGTH") or "0")
        longest = longest_body()
        if length is None or length > longest:
            return _text(f"The body is too long: allowed are {longest:,} bytes.", 413)
        return get_response(request)

    return answer


def _text(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)


class CutShort(FileUploadHandler):
    """Keeps a file only until it is longer than allowed, so that what reads it sees that, and the disk does not."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Left to the handlers behind."""
        return None


def head_as_get(get_response: Handler) -> Handler:
    """Middleware: HEAD under /api/, which knows GET only, is answered alike; the server leaves the body out."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD" or not request.path.startswith("/api/"):
            return get_response(request)
        request.method = "GET"
        try:
            return get_response(request)
        finally:
            request.method = "HEAD"

    return answer


class PlainText:
    """Middleware that refuses NUL in an address, a query or a form, before any view sees it.

    It stands behind the one of CSRF, so that forms are read by who may send them. Halves of surrogate pairs cannot come
    this way, for Django decodes all three; JSON bodies are read by code that checks.
    """

    def __init__(self, get_response: Handler) -> None:
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
            return _text(detail, 400)
    return None
