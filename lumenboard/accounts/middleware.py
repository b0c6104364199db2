"""A session counts for an account with a second factor only once it was verified with it.

So sessions of before the second factor was turned on end with it, on every page at once. Visitors pay nothing: the
user of a request is looked up when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import SimpleLazyObject
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from lumenboard.accounts.second_factor import CONFIRMED, devices_of

ENROL: Final = "/account/second-factor"
ASKED_FOR: Final = ("/ops", "/admin/")
LOG_IN_AND_OUT: Final = ("/admin/login/", "/admin/logout/", "/admin/jsi18n/")


def second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """After the middleware of authentication."""

    def guarded(request: HttpRequest) -> HttpResponse:
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
    if devices_of(user, TOTPDevice) or (settings.REQUIRE_SECOND_FACTOR and request.path != ENROL):
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
