"""Who belongs to a study and what they may: inviting, changing roles, removing, and the record of it all."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from arena.models import Invitation, Membership, RightsChange
from arena.studies import invitations, people
from arena.studies.access import StudyAccess
from arena.studies.roles import OWNER, RIGHTS, Right
from lumenboard.accounts.log_in_limits import wait_in_words
from lumenboard.accounts.mails import enqueue_mail
from lumenboard.accounts.one_time import mail_is_sent, wait_before_mail
from lumenboard.formatting import count
from lumenboard.pages.account.parts import HOME, account_id
from lumenboard.pages.base import Paginator
from lumenboard.pages.studies.parts import LEAST, ROLE_CHOICES, ROLE_WORDS, study_page, tabs
from providers.number_fields import WholeNumberField

PER_PAGE: Final = 50
NO_WORKER: Final = "The mail could not be handed on. Try again later."


class InviteForm(forms.Form):
    """By address, or by a link to pass on."""

    role = forms.ChoiceField(choices=ROLE_CHOICES, initial=LEAST)
    address = forms.EmailField(
        required=False,
        max_length=150,
        label="Mail address",
        help_text="Left empty, you get a link to pass on yourself.",
    )
    days = WholeNumberField(min_value=1, max_value=invitations.LONGEST_DAYS, initial=7, label="Days it works")
    most_uses = WholeNumberField(
        min_value=1, max_value=invitations.MOST_USES, initial=1, label="People who may use the link"
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("address") and values.get("most_uses", 1) != 1:
            self.add_error("most_uses", "A mailed invitation is for one person.")
        if values.get("address") and not mail_is_sent():
            self.add_error("address", "This site sends no mail. Leave the address empty and pass the link on yourself.")
        if values.get("role") == OWNER and values.get("most_uses", 1) != 1:
            self.add_error("most_uses", "A link that makes an owner works once.")
        return values


@study_page(Right.PEOPLE)
@require_safe
def members(request: HttpRequest, access: StudyAccess) -> HttpResponse:
    """Members, open invitations, and the form for another."""
    return _page(request, access, InviteForm(label_suffix=""))


@study_page(Right.PEOPLE)
@require_POST
def invite(request: HttpRequest, access: StudyAccess) -> HttpResponse:
    """A link is shown once, on the page that answers. Mails are counted like every mail somebody asks for."""
    form = InviteForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, access, form, 400)
    role, days, address = (form.cleaned_data[name] for name in ("role", "days", "address"))
    if address and (wait_s := wait_before_mail(request, address)):
        return _too_many(request, access, form, wait_s)
    try:
        if address:
            made = invitations.invite_by_mail(access.study, role, account_id(request), address, days=days)
            return _mail(request, access, made)
        uses = form.cleaned_data["most_uses"]
        made, secret = invitations.invite_by_link(access.study, role, account_id(request), days=days, most_uses=uses)
    except invitations.TooManyInvitations as error:
        form.add_error(None, str(error))
        return _page(request, access, form, 409)
    context = {
        "study": access.study,
        "invitation": made,
        "link": f"{settings.SITE_URL}/invitations/{secret}",
        "tabs": tabs(access, "People"),
    }
    return render(request, "studies/link.html", context)


@study_page(Right.PEOPLE)
@require_POST
def mail_again(request: HttpRequest, access: StudyAccess, pk: int) -> HttpResponse:
    """A new link; the one mailed before works no more. Counted like every mail somebody asks for."""
    try:
        invitation = access.study.invitations.exclude(address="").get(pk=pk)
    except Invitation.DoesNotExist:
        raise Http404 from None
    if invitation.state(timezone.now()) != "open":
        messages.error(request, "This invitation works no more. Invite again.")
        return _back(access)
    if wait_s := wait_before_mail(request, invitation.address):
        return _too_many(request, access, InviteForm(label_suffix=""), wait_s)
    invitations.mail_failed(invitation.pk, "")
    return _mail(request, access, invitation)


@study_page(Right.PEOPLE)
@require_POST
def revoke(request: HttpRequest, access: StudyAccess, pk: int) -> HttpResponse:
    """Members that came by it stay."""
    try:
        invitations.revoke(access.study, pk, account_id(request))
    except Invitation.DoesNotExist:
        raise Http404 from None
    messages.success(request, "The invitation works no more.")
    return _back(access)


@study_page(Right.PEOPLE)
@require_POST
def change(request: HttpRequest, access: StudyAccess, pk: int) -> HttpResponse:
    """Another role."""
    try:
        member = people.change_role(access.study, pk, request.POST.get("role", ""), account_id(request))
    except Membership.DoesNotExist:
        raise Http404 from None
    except (people.LastOwner, people.UnknownRole) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The role is changed.")
        if member.account_id == request.user.pk:
            return HttpResponseRedirect(HOME, status=303)
    return _back(access)


@study_page(Right.PEOPLE)
@require_POST
def remove(request: HttpRequest, access: StudyAccess, pk: int) -> HttpResponse:
    """Votes stay."""
    try:
        member = people.remove_member(access.study, pk, account_id(request))
    except Membership.DoesNotExist:
        raise Http404 from None
    except people.LastOwner as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Removed. Votes that were given stay.")
        if member.account_id == request.user.pk:
            return HttpResponseRedirect(HOME, status=303)
    return _back(access)


@study_page(Right.PEOPLE)
@require_safe
def history(request: HttpRequest, access: StudyAccess) -> HttpResponse:
    """Each change of rights, newest first."""
    rows = RightsChange.objects.filter(study=access.study).select_related("actor", "subject")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"study": access.study, "page": page, "tabs": tabs(access, "People")}
    return render(request, "studies/history.html", context)


def _mail(request: HttpRequest, access: StudyAccess, invitation: Invitation) -> HttpResponse:
    if enqueue_mail("mail_invitation", [invitation.pk]):
        messages.success(request, f"An invitation to {invitation.address} is on its way.")
    else:
        invitations.mail_failed(invitation.pk, NO_WORKER)
        messages.error(request, NO_WORKER)
    return _back(access)


def _too_many(request: HttpRequest, access: StudyAccess, form: InviteForm, wait_s: int) -> HttpResponse:
    messages.error(request, f"Too many mails were asked for. Try again in {wait_in_words(wait_s)}.")
    answer = _page(request, access, form, 429)
    answer["Retry-After"] = str(wait_s)
    return answer


def _back(access: StudyAccess) -> HttpResponse:
    return HttpResponseRedirect(f"{access.study.get_absolute_url()}/people", status=303)


def _page(request: HttpRequest, access: StudyAccess, form: InviteForm, status: int = 200) -> HttpResponse:
    rows = access.study.memberships.select_related("account")
    now = timezone.now()
    waiting = access.study.invitations.filter(revoked_at=None, expires_at__gt=now, uses__lt=F("most_uses"))
    context = {
        "study": access.study,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "invitations": waiting[:PER_PAGE],
        "invited": count(waiting.count()),
        "roles": list(RIGHTS),
        "role_words": ROLE_WORDS,
        "form": form,
        "tabs": tabs(access, "People"),
    }
    return render(request, "studies/people.html", context, status=status)
