"""What pages behind a log-in share: nothing of them is stored or listed, and where they lead afterwards."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

HOME: Final = "/studies"
BACKEND: Final = "lumenboard.accounts.backend.CountedPasswords"
View = Callable[..., HttpResponseBase]


def private_page(view: View) -> View:
    """Stored by no cache, listed by no index."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    return never_cache(guarded)


def with_account(view: View) -> View:
    """Others are led to the log-in, and back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return HttpResponseRedirect(log_in_url(request.get_full_path()))
        return view(request, *args, **kwargs)

    return private_page(guarded)


def account_id(request: HttpRequest) -> int:
    """Of a request whose guard has seen that somebody is logged in."""
    number = request.user.pk
    if number is None:
        raise PermissionDenied
    return int(number)


def log_in_url(after: str) -> str:
    return f"/log-in?{urlencode({'next': after})}"


def next_url(request: HttpRequest, otherwise: str = HOME) -> str:
    """Where the form or the address says to go on, on this site alone."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()) else otherwise


def log_in(request: HttpRequest, user: User, after: str) -> HttpResponse:
    """Of an account that has proven itself."""
    login(request, user, backend=BACKEND)
    return HttpResponseRedirect(after, status=303)


def said(
    request: HttpRequest, title: str, text: str, status: int = 200, action: tuple[str, str] = ("", "")
) -> HttpResponse:
    """A page of one sentence, with a link on from it."""
    url, label = action
    context = {"title": title, "text": text, "action_url": url, "action_label": label}
    return render(request, "account/said.html", context, status=status)


class NewPassword(forms.Form):
    """By the site's rules of passwords."""

    password = forms.CharField(
        max_length=200,
        strip=False,
        label="Password",
        help_text="At least 8 characters, none that many people use.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        try:
            validate_password(password)
        except ValidationError as error:
            raise forms.ValidationError(error.messages) from None
        return password
