"""One's own account: its password, what is known of it as a file, and its end."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from arena.studies.personal_data import SoleOwner, erase_account, known_of
from lumenboard.accounts.backend import WAIT
from lumenboard.accounts.log_in_limits import LOG, wait_in_words
from lumenboard.pages.account.log_in import LINK_AT
from lumenboard.pages.account.parts import NewPassword, account_id, said, with_account


class PasswordForm(NewPassword):
    """The old one too, except after a mailed link."""

    old = forms.CharField(
        required=False,
        strip=False,
        label="Present password",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password"].label = "New password"


@sensitive_post_parameters()
@with_account
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """What is known, and a new password."""
    form = _form(request)
    if request.method != "POST":
        return _page(request, form, 200)
    if form.is_valid() and _is_own(request, form):
        user = _account(request)
        user.set_password(form.cleaned_data["password"])
        user.save(update_fields=["password"])
        update_session_auth_hash(request, user)
        request.session.pop(LINK_AT, None)
        LOG.info("%s set a new password", user.pk)
        messages.success(request, "The new password is set. Sessions elsewhere have ended.")
        return HttpResponseRedirect("/account", status=303)
    return _page(request, form, 429 if getattr(request, WAIT, 0) else 400)


@with_account
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Everything known of the account, and its votes in studies, as JSON."""
    answer = JsonResponse(known_of(_account(request).pk), json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{settings.SITE_NAME}-my-data.json"'
    return answer


@with_account
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Asked once more, then for good."""
    user = _account(request)
    if user.is_staff or user.is_superuser:
        return said(request, "This is an operator's account", "Another operator removes it at /admin.", 409)
    if request.method != "POST":
        return render(request, "account/erase.html")
    try:
        erase_account(user.pk)
    except SoleOwner as error:
        return said(request, "The account is still needed", str(error), 409, ("/studies", "To your studies"))
    logout(request)
    return said(request, "Your account is gone", "Votes you gave stay, under a pseudonym that leads to nobody.")


def _form(request: HttpRequest) -> PasswordForm:
    form = PasswordForm(request.POST if request.method == "POST" else None, label_suffix="")
    if LINK_AT in request.session or not _account(request).has_usable_password():
        del form.fields["old"]
    return form


def _is_own(request: HttpRequest, form: PasswordForm) -> bool:
    """Counted like a log-in."""
    if "old" not in form.fields:
        return True
    if authenticate(request, username=_account(request).get_username(), password=form.cleaned_data["old"]):
        return True
    wait_s = getattr(request, WAIT, 0)
    form.add_error("old", f"Try again in {wait_in_words(wait_s)}." if wait_s else "This is not your password.")
    return False


def _account(request: HttpRequest) -> User:
    return User.objects.get(pk=account_id(request))


def _page(request: HttpRequest, form: PasswordForm, status: int) -> HttpResponse:
    context = {"form": form, "account": request.user, "identities": _account(request).identities.all()}
    return render(request, "account/account.html", context, status=status)
