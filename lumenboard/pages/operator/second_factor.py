"""Turning a second factor on and off, for the account that is logged in."""

from collections.abc import Callable
from typing import Any, Final

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login

from lumenboard.accounts import second_factor as factor
from lumenboard.accounts.backend import WAIT
from lumenboard.accounts.log_in_limits import LOG, wait_in_words

MODULE_PX: Final = 5


class ConfirmForm(forms.Form):
    """The password again, since a session may be somebody else's, and a code."""

    password = forms.CharField(
        strip=False, label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    code = forms.CharField(
        max_length=32,
        label="Code of the app",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
        help_text="Six digits; once it is on, a recovery code does as well.",
    )


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """One page: the QR code before it is on; new recovery codes and turning it off afterwards."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return redirect_to_login(request.get_full_path())
    if request.method != "POST":
        return _page(request, ConfirmForm(label_suffix=""))
    form = ConfirmForm(request.POST, label_suffix="")
    act = ACTIONS.get(request.POST.get("action", ""), _turn_on)
    if form.is_valid() and _is_password(request, form):
        try:
            return act(request, form.cleaned_data["code"])
        except factor.WrongCode as error:
            form.add_error("code", str(error))
    return _page(request, form, status=429 if getattr(request, WAIT, 0) else 400)


def _is_password(request: HttpRequest, form: ConfirmForm) -> bool:
    """Counted like a log-in."""
    named, given = request.user.get_username(), form.cleaned_data["password"]
    if authenticate(request, username=named, password=given) is not None:
        return True
    wait_s = getattr(request, WAIT, 0)
    form.add_error("password", f"Try again in {wait_in_words(wait_s)}." if wait_s else "This is not your password.")
    return False


def _turn_on(request: HttpRequest, code: str) -> HttpResponse:
    app, codes = factor.confirm(request.user, code)
    request.session.cycle_key()
    login(request, app)
    LOG.warning("%s turned a second factor on", request.user.get_username())
    return _codes(request, codes)


def _renew(request: HttpRequest, code: str) -> HttpResponse:
    factor.verify(request.user, code)
    return _codes(request, factor.renew_recovery_codes(request.user))


def _turn_off(request: HttpRequest, code: str) -> HttpResponse:
    if settings.REQUIRE_SECOND_FACTOR:
        raise factor.WrongCode("This site requires a second factor.")
    factor.verify(request.user, code)
    factor.remove_second_factor(request.user)
    LOG.warning("%s turned the second factor off", request.user.get_username())
    messages.success(request, "The second factor is off.")
    return HttpResponseRedirect(request.path, status=303)


ACTIONS: Final[dict[str, Callable[[HttpRequest, str], HttpResponse]]] = {
    "on": _turn_on,
    "renew": _renew,
    "off": _turn_off,
}


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "account/recovery_codes.html", {"codes": codes, "next_url": _next_url(request)})


def _page(request: HttpRequest, form: ConfirmForm, status: int = 200) -> HttpResponse:
    app = factor.app_of(request.user)
    context: dict[str, Any] = {"form": form, "app": app, "next_url": _next_url(request)}
    if app:
        context |= {"codes_left": factor.recovery_codes_left(request.user), "required": settings.REQUIRE_SECOND_FACTOR}
    else:
        address = factor.begin(request.user).config_url
        picture = segno.make(address, error="m").svg_data_uri(scale=MODULE_PX, light="white", border=4)
        context |= {"picture": picture, "secret": address.partition("secret=")[2].partition("&")[0]}
    return render(request, "account/second_factor.html", context, status=status)


def _next_url(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()) else "/ops"
