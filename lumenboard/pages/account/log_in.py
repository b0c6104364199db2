"""Logging in with a password or with a link that is mailed, and out. A forgotten password is such a link too."""

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lumenboard.accounts import openid as provider
from lumenboard.accounts.backend import WAIT, MemberLogInForm
from lumenboard.accounts.log_in_limits import wait_before_provider, wait_in_words
from lumenboard.accounts.mails import MINUTES, enqueue_mail
from lumenboard.accounts.one_time import UsedOrOld, is_usable, mail_is_sent, use_link, wait_before_mail
from lumenboard.accounts.second_factor import ENROL
from lumenboard.pages.account.parts import HOME, log_in, log_in_url, next_url, private_page, said

AFTER: Final = "openid_after"
LINK_AT: Final = "log_in_link_at"
NO_MAIL: Final = "This site sends no mail. Ask whoever runs it for a new password."
ON_ITS_WAY: Final = (
    f"If there is an account at this address, a link is on its way. It logs you in once, within {MINUTES} minutes."
)


class LinkForm(forms.Form):
    """Where to send a link."""

    address = forms.EmailField(
        max_length=150, label="Mail address", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


@sensitive_post_parameters()
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def log_in_page(request: HttpRequest) -> HttpResponse:
    """With a password; a try that came too soon is 429."""
    after = next_url(request)
    if request.method != "POST":
        return HttpResponseRedirect(after) if request.user.is_authenticated else _page(request, _password_form(request))
    form = _password_form(request, request.POST)
    if form.is_valid():
        user: Any = form.get_user()
        lacks_factor = settings.REQUIRE_SECOND_FACTOR and user.is_staff and not hasattr(user, "otp_device")
        return log_in(request, user, f"{ENROL}?{urlencode({'next': after})}" if lacks_factor else after)
    wait_s = getattr(request, WAIT, 0)
    answer = _page(request, form, status=429 if wait_s else 400)
    if wait_s:
        answer["Retry-After"] = str(wait_s)
    return answer


@private_page
@require_POST
def send_link(request: HttpRequest) -> HttpResponse:
    """The same answer whether there is an account or not."""
    form = LinkForm(request.POST, label_suffix="")
    if not mail_is_sent():
        return said(request, "No link can be sent", NO_MAIL, 409, (log_in_url(HOME), "Back"))
    if not form.is_valid():
        return _page(request, _password_form(request), form, status=400)
    address = form.cleaned_data["address"]
    if wait_s := wait_before_mail(request, address):
        form.add_error(None, f"Too many links were asked for. Try again in {wait_in_words(wait_s)}.")
        answer = _page(request, _password_form(request), form, status=429)
        answer["Retry-After"] = str(wait_s)
        return answer
    if not enqueue_mail("mail_log_in_link", [address, next_url(request)]):
        return said(request, "No link was sent", "The site cannot send mail at the moment. Try again later.", 503)
    return said(
        request, "Look into your mail", ON_ITS_WAY, action=(log_in_url(next_url(request)), "Back to the log-in")
    )


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def one_time_link(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """A button uses it up, not the opening: some programs open links of mails before people do."""
    try:
        if request.method == "POST":
            answer = log_in(request, use_link(number, token), next_url(request))
            request.session[LINK_AT] = True
            return answer
        if not is_usable(number, token):
            raise UsedOrOld("This link was used, or is older than a quarter of an hour. Ask for a new one.")
    except UsedOrOld as error:
        return said(
            request, "This link works no more", str(error), 410, (log_in_url(next_url(request)), "To the log-in")
        )
    return render(request, "account/one_time_link.html", {"next_url": next_url(request)})


@private_page
@require_safe
def openid(request: HttpRequest) -> HttpResponseBase:
    """To the provider; 404 where none is set, 429 where a network begins too often."""
    if not provider.is_on():
        raise Http404
    if wait_s := wait_before_provider(request):
        text = f"Too many log-ins were begun. Try again in {wait_in_words(wait_s)}."
        refused = said(request, "You are not logged in", text, 429, (log_in_url(next_url(request)), "To the log-in"))
        refused["Retry-After"] = str(wait_s)
        return refused
    try:
        answer = provider.begin(request)
    except provider.NotLoggedIn as error:
        return _not_logged_in(request, error)
    request.session[AFTER] = next_url(request)
    return answer


@private_page
@require_safe
def openid_done(request: HttpRequest) -> HttpResponse:
    """Back from it."""
    if not provider.is_on():
        raise Http404
    after = request.session.pop(AFTER, HOME)
    try:
        return log_in(request, provider.finish(request), after)
    except provider.NotLoggedIn as error:
        return _not_logged_in(request, error)


def _not_logged_in(request: HttpRequest, error: Exception) -> HttpResponse:
    return said(request, "You are not logged in", str(error), 403, (log_in_url(HOME), "To the log-in"))


@private_page
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, "You are logged out.")
    return HttpResponseRedirect("/log-in", status=303)


def _password_form(request: HttpRequest, data: Any = None) -> MemberLogInForm:
    form = MemberLogInForm(request, data, label_suffix="")
    form.fields["username"].label = "Name or mail address"
    form.fields["username"].widget.attrs["autofocus"] = False
    return form


def _page(
    request: HttpRequest, form: MemberLogInForm, link_form: LinkForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "link_form": (link_form or LinkForm(label_suffix="")) if mail_is_sent() else None,
        "next_url": next_url(request),
        "openid": settings.OPENID_NAME if provider.is_on() else "",
    }
    return render(request, "account/log_in.html", context, status=status)
