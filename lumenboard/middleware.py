"""What every request passes: a body whose length is stated and bounded, files cut short, text that a column can hold,
and whether its session counts. What the bytes of a file are is none of its business; arena/images/intake looks at that.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.utils.functional import SimpleLazyObject
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from lumenboard.accounts.second_factor import CONFIRMED, ENROL, devices_of
from lumenboard.api.answers import API
from providers.plain_values import field_with_nul, is_plain_text, whole_number

# A body may hold this many files of the largest size; a form of more images is sent in parts.
FILES_PER_BODY: Final = 3

ASKED_FOR: Final = ("/ops", "/admin/")
LOG_IN_AND_OUT: Final = ("/admin/login/", "/admin/logout/", "/admin/jsi18n/")
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


class PlainText:
    """Middleware that refuses NUL in an address, a query or a form, before any view sees it.

    It stands behind the one of CSRF, so that forms are read by who may send them. Halves of surrogate pairs cannot come
    this way, for Django decodes all three; JSON bodies are read by code that checks. The API refuses NUL itself, within
    its clients' limits (lumenboard/api/answers.py), and takes no forms, so none is read for it.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(API):
            return self._get_response(request)
        if not is_plain_text(request.path_info):
            raise Http404("No address holds the character NUL.")
        return _refusal(request.GET) or self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """After the address is known, for only views read forms."""
        if request.method != "POST" or request.path_info.startswith(API):
            return None
        return _refusal(request.POST)


def _refusal(fields: QueryDict) -> HttpResponse | None:
    """400 that names the field; None where all is well."""
    detail = field_with_nul(fields.lists())
    return _text(detail, 400) if detail else None


def second_factor(get_response: Handler) -> Handler:
    """Middleware after that of authentication: where an account has a second factor, its session counts once verified.

    So sessions of before the second factor was turned on end with it, on every page at once. Visitors pay nothing: the
    user of a request is looked up when somebody asks for it.
    """

    def guarded(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        request.user = SimpleLazyObject(lambda: _trusted(request, user))  # type: ignore[assignment]
        if settings.REQUIRE_SECOND_FACTOR and _asks_for_it(request.path) and _lacks_it(user, request):
            return HttpResponseRedirect(f"{ENROL}?next={quote(request.get_full_path())}")
        return get_response(request)

    return guarded


def _trusted(request: HttpRequest, user: Any) -> Any:
    if not user.is_authenticated:
        return user
    if _is_verified(request, user):
        return user
    is_required = settings.REQUIRE_SECOND_FACTOR and (user.is_staff or user.is_superuser)
    if devices_of(user, TOTPDevice) or (is_required and request.path != ENROL):
        return AnonymousUser()
    return user


def _is_verified(request: HttpRequest, user: Any) -> bool:
    verified_by = request.session.get(DEVICE_ID_SESSION_KEY)
    return any(verified_by in devices_of(user, kind) for kind in CONFIRMED)


def _asks_for_it(path: str) -> bool:
    return path.startswith(ASKED_FOR) and path not in LOG_IN_AND_OUT


def _lacks_it(user: Any, request: HttpRequest) -> bool:
    """Logged in, and neither verified nor able to be."""
    if not user.is_authenticated or not user.is_staff:
        return False
    return not _is_verified(request, user) and not devices_of(user, TOTPDevice)
