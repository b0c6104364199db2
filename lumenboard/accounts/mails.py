"""Mails to people of studies: a link to log in, an invitation. Written by a worker, so that nobody who asks waits for
the mail server, and no answer is later where an account exists."""

import logging
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from celery import current_app
from django.conf import settings
from django.core import signing
from django.utils.formats import date_format

from arena.studies import invitations
from lumenboard.accounts.one_time import account_at, link_of
from providers.webhooks.attempts import Mail
from providers.webhooks.deliver import NotDelivered, send_one_mail

LOG = logging.getLogger(__name__)
CONFIRMS: Final = "lumenboard.accounts.confirm"
MINUTES: Final = 15


def enqueue_mail(task: str, arguments: Sequence[Any]) -> bool:
    """Whether a worker will hear of it."""
    try:
        current_app.send_task(f"lumenboard.tasks.{task}", args=list(arguments), retry=False)
    except Exception:
        LOG.warning("a worker could not be told of a mail", exc_info=True)
        return False
    return True


def mail_log_in_link(address: str, next_url: str) -> bool:
    """To the account at the address, if there is one; whether a mail was sent. Raises NotDelivered."""
    user = account_at(address)
    if user is None:
        return False
    link = f"{settings.SITE_URL}{link_of(user)}?{urlencode({'next': next_url})}"
    text = (
        f"Log in to {settings.SITE_NAME} with this link. It works once, within {MINUTES} minutes.\n\n{link}\n\n"
        "If you did not ask for it, do nothing: nobody gets in without it.\n"
    )
    send_one_mail(Mail(to=user.email, subject=f"Your link to {settings.SITE_NAME}", text=text))
    return True


def mail_invitation(invitation_id: int) -> bool:
    """Once, whatever calls twice; whether it was sent. What the mail server says against it is stored."""
    claimed = invitations.claim_mail(invitation_id)
    if claimed is None:
        return False
    invitation, secret = claimed
    until = date_format(invitation.expires_at, "j F Y")
    text = (
        f"You are invited to the study “{invitation.study.title}” on {settings.SITE_NAME}, as {invitation.role}.\n\n"
        f"{settings.SITE_URL}/invitations/{secret}\n\n"
        f"The link is yours: it works once, until {until} (UTC). Pass it on to nobody.\n"
    )
    try:
        send_one_mail(Mail(to=invitation.address, subject=f"Invitation to a study on {settings.SITE_NAME}", text=text))
    except NotDelivered as problem:
        invitations.mail_failed(invitation_id, str(problem))
        return False
    return True


def mail_confirmation(address: str, secret: str) -> bool:
    """To an address that somebody with an invitation gave as their own: its link makes the account, or where there is
    one, logs it in.
    """
    if account_at(address):
        return mail_log_in_link(address, f"/invitations/{secret}")
    signed = signing.dumps([secret, address], salt=CONFIRMS)
    text = (
        f"Confirm your address to join a study on {settings.SITE_NAME}. The link works within {MINUTES} minutes.\n\n"
        f"{settings.SITE_URL}/join/{signed}\n\n"
        "If you were not asked to join, do nothing: no account is made.\n"
    )
    send_one_mail(Mail(to=address, subject=f"Confirm your address for {settings.SITE_NAME}", text=text))
    return True


def confirmed(signed: str) -> tuple[str, str]:
    """The secret of the invitation and the address. Raises signing.BadSignature where it is old or nobody's."""
    secret, address = signing.loads(signed, salt=CONFIRMS, max_age=MINUTES * 60)
    return secret, address
