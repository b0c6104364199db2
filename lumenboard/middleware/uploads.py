"""How much of a request's body is read: its length must be told and bounded, and each file in it is cut short.

What the bytes are is none of its business; arena/images/intake looks at that.
"""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from providers.plain_values import whole_number

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
            return _refusal("The length of the body must be stated (Content-Length).", 411)
        length = whole_number(request.META.get("CONTENT_LENGTH") or "0")
        longest = longest_body()
        if length is None or length > longest:
            return _refusal(f"The body is too long: allowed are {longest:,} bytes.", 413)
        return get_response(request)

    return answer


def _refusal(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)


class CutShort(FileUploadHandler):
    """Keeps a file only until it is longer than allowed, so that what reads it sees that, and the disk does not."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Left to the handlers behind."""
        return None
