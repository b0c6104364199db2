"""Opening an invitation: by an account that is logged in, or by somebody who has none yet and makes one."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from arena.models import Invitation, Study
from arena.studies.invitations import NotInvited, accept, opened
from arena.studies.roles import Right, rights_of
from lumenboard.accounts.log_in_limits import wait_in_words
from lumenboard.accounts.mails import confirmed, enqueue_mail
from lumenboard.accounts.making import NAME_RULE, NameTaken, make_account, make_account_at
from lumenboard.accounts.one_time import mail_is_sent, wait_before_mail
from lumenboard.pages.account.log_in import ON_ITS_WAY, LinkForm
from lumenboard.pages.account.parts import HOME, NewPassword, account_id, log_in, log_in_url, private_page, said
from lumenboard.pages.studies.parts import ROLE_WORDS

View = Callable[..., HttpResponseBase]
ASK_AGAIN: Final = "Ask whoever invited you for a new one."


class NewAccount(NewPassword):
    """A name of one's own choice: it is shown to the study's owners."""

    name = forms.CharField(
        max_length=60,
        validators=[NAME_RULE],
        help_text="To log in with: small letters, digits, dots and hyphens. The study's owners see it.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = ("name", "password")


def invited(view: View) -> View:
    """Gives the view its `invitation`. 404 for a secret that was never given, 410 for one that works no more."""

    @wraps(view)
    def guarded(request: HttpRequest, secret: str) -> HttpResponseBase:
        try:
            return view(request, secret, opened(secret))
        except Invitation.DoesNotExist:
            raise Http404 from None
        except NotInvited as error:
            return said(request, "This invitation works no more", f"{error} {ASK_AGAIN}", 410)

    return private_page(guarded)


@sensitive_post_parameters()
@invited
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str, found: Invitation) -> HttpResponse:
    """Accepted by a button; whoever has no account makes one first."""
    if request.user.is_authenticated:
        if request.method == "POST":
            return _joined(request, secret, account_id(request))
        return _page(request, secret, found, None, 200)
    form = _form_for(found, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, secret, found, form, 200)
    if not form.is_valid():
        return _page(request, secret, found, form, 400)
    try:
        with transaction.atomic():
            user = _make(found, form.cleaned_data)
            accept(secret, user.pk)
    except NameTaken as error:
        form.add_error("name" if "name" in form.fields else None, str(error))
        return _page(request, secret, found, form, 409)
    return log_in(request, user, _after(found.study, found.role))


@invited
@require_POST
def confirm_address(request: HttpRequest, secret: str, found: Invitation) -> HttpResponse:
    """A mail to the address somebody gives as theirs; the answer is the same whether it has an account or not."""
    form = LinkForm(request.POST, label_suffix="")
    if not mail_is_sent() or not form.is_valid():
        return _page(request, secret, found, _form_for(found, None), 400, link_form=form)
    address = form.cleaned_data["address"].lower()
    if wait_s := wait_before_mail(request, address):
        form.add_error(None, f"Too many links were asked for. Try again in {wait_in_words(wait_s)}.")
        return _page(request, secret, found, _form_for(found, None), 429, link_form=form)
    if not enqueue_mail("mail_confirmation", [address, secret]):
        return said(request, "No link was sent", "The site cannot send mail at the moment. Try again later.", 503)
    return said(request, "Look into your mail", ON_ITS_WAY.replace("If there is an account at this address, a", "A"))


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, signed: str) -> HttpResponse:
    """The link of that mail: its button makes the account, without a password."""
    try:
        secret, address = confirmed(signed)
        found = opened(secret)
    except (signing.BadSignature, Invitation.DoesNotExist, ValueError):
        return said(request, "This link works no more", f"It is too old, or was used. {ASK_AGAIN}", 410)
    if request.method != "POST":
        return render(request, "studies/confirm.html", {"address": address, "study": found.study})
    try:
        with transaction.atomic():
            user = make_account_at(address)
            accept(secret, user.pk)
    except NameTaken as error:
        return said(request, "You have an account", str(error), 409, (log_in_url(f"/invitations/{secret}"), "Log in"))
    except NotInvited as error:
        return said(request, "This invitation works no more", f"{error} {ASK_AGAIN}", 410)
    return log_in(request, user, _after(found.study, found.role))


def _form_for(found: Invitation, data: Any) -> NewPassword:
    """Who was invited by mail has proven the address, which is the account's name."""
    return (NewPassword if found.address else NewAccount)(data, label_suffix="")


def _make(found: Invitation, values: dict[str, str]) -> Any:
    if found.address:
        return make_account_at(found.address, values["password"])
    return make_account(values["name"], values["password"])


def _joined(request: HttpRequest, secret: str, account_id: int) -> HttpResponse:
    member = accept(secret, account_id)
    messages.success(request, f"You belong to the study now, as {member.role}.")
    return HttpResponseRedirect(_after(member.study, member.role), status=303)


def _after(study: Study, role: str) -> str:
    """The study, or the list of them while it is a draft that the new member does not see yet."""
    return study.get_absolute_url() if Right.SEE in rights_of(role, study.status) else HOME


def _page(
    request: HttpRequest,
    secret: str,
    found: Invitation,
    form: NewPassword | None,
    status: int,
    *,
    link_form: LinkForm | None = None,
) -> HttpResponse:
    context = {
        "invitation": found,
        "study": found.study,
        "role_words": ROLE_WORDS[found.role],
        "form": form,
        "link_form": (link_form or LinkForm(label_suffix="")) if mail_is_sent() and not found.address else None,
        "secret": secret,
        "log_in_url": log_in_url(f"/invitations/{secret}"),
    }
    return render(request, "studies/invitation.html", context, status=status)
