"""Invitations to a study: made, mailed, opened, accepted, revoked. The secret is shown once and stored as a digest."""

import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from arena.models import Invitation, Membership, RightsChange, Study
from arena.studies.people import UnknownRole, add_member, lock, record
from arena.studies.roles import OWNER, RIGHTS

SECRET_BYTES: Final = 24
LONGEST_DAYS: Final = 90
MOST_USES: Final = 500
# of one study at a time, so that a list stays readable and a stolen session mails no thousands
MOST_OPEN: Final = 1000


class NotInvited(ValueError):
    """The link works no more; the message says why."""


class TooManyInvitations(ValueError):
    """More open ones than a study may have."""


REASONS: Final = {
    "revoked": "This invitation was withdrawn.",
    "used": "This invitation was used already.",
    "expired": "This invitation has expired.",
}
OVERRULED: Final = "Your place in this study was changed after this invitation was made."


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def invite_by_link(
    study: Study, role: str, actor_id: int, *, days: int = 7, most_uses: int = 1
) -> tuple[Invitation, str]:
    """The invitation and its secret, which nobody can read again. Raises UnknownRole, TooManyInvitations, ValueError.

    An owner's link works once; others up to MOST_USES times.
    """
    secret = new_secret()
    return _invite(study, role, actor_id, days, most_uses=most_uses, digest=Invitation.digest_of(secret)), secret


def invite_by_mail(study: Study, role: str, actor_id: int, address: str, *, days: int = 7) -> Invitation:
    """Without a secret yet: the mail brings it, and the one who invites never sees it. Raises as `invite_by_link`."""
    return _invite(study, role, actor_id, days, address=address)


def _invite(study: Study, role: str, actor_id: int, days: int, **fields: object) -> Invitation:
    if role not in RIGHTS:
        raise UnknownRole(f"{role!r} is no role; allowed are {', '.join(RIGHTS)}")
    if not 1 <= days <= LONGEST_DAYS or not 1 <= int(str(fields.get("most_uses", 1))) <= MOST_USES:
        raise ValueError(f"An invitation lasts 1 to {LONGEST_DAYS} days and works 1 to {MOST_USES} times.")
    if role == OWNER and fields.get("most_uses", 1) != 1:
        raise ValueError("A link that makes an owner works once.")
    now = timezone.now()
    with transaction.atomic():
        lock(study)
        if study.invitations.filter(revoked_at=None, expires_at__gt=now).count() >= MOST_OPEN:
            raise TooManyInvitations(f"A study has at most {MOST_OPEN} open invitations.")
        made: Invitation = study.invitations.create(
            role=role, made_by_id=actor_id, expires_at=now + timedelta(days=days), **fields
        )
        record(study, "invited", actor=actor_id, after=role)
    return made


def claim_mail(invitation_id: int) -> tuple[Invitation, str] | None:
    """An invitation to be mailed now and its new secret; None where it was mailed, revoked or has no address.

    Of two at a time one gets it.
    """
    secret, now = new_secret(), timezone.now()
    waiting = Invitation.objects.filter(pk=invitation_id, mailed_at=None, revoked_at=None, expires_at__gt=now)
    if not waiting.exclude(address="").update(digest=Invitation.digest_of(secret), mailed_at=now, mail_problem=""):
        return None
    return Invitation.objects.select_related("study", "made_by").get(pk=invitation_id), secret


def mail_failed(invitation_id: int, problem: str) -> None:
    """It can be mailed again."""
    Invitation.objects.filter(pk=invitation_id).update(mailed_at=None, mail_problem=problem[:200])


def opened(secret: str) -> Invitation:
    """Raises Invitation.DoesNotExist for a secret that was never given, NotInvited for one that works no more."""
    return _usable(Invitation.objects.all(), secret)


def accept(secret: str, account_id: int) -> Membership:
    """The account is a member from now on. Whoever is one already stays what they are. Raises as `opened`, also where
    the account was removed, or given another role, after the invitation was made."""
    with transaction.atomic():
        # locked, so that uses are counted one after the other
        invitation = _usable(Invitation.objects.select_for_update(of=("self",)), secret)
        member = invitation.study.memberships.filter(account_id=account_id).first()
        if member:
            return member
        if _is_overruled(invitation, account_id):
            raise NotInvited(OVERRULED)
        invitation.uses += 1
        invitation.save(update_fields=["uses"])
        member = add_member(invitation.study, account_id, invitation.role, invitation.pk)
        record(invitation.study, "joined", actor=account_id, subject=account_id, after=invitation.role)
    return member


def _is_overruled(invitation: Invitation, account_id: int) -> bool:
    since = RightsChange.objects.filter(study=invitation.study_id, at__gt=invitation.created_at)
    return since.filter(subject=account_id, what__in=("removed", "changed")).exists()


def _usable(rows: QuerySet[Invitation], secret: str) -> Invitation:
    found = rows.select_related("study", "made_by").get(digest=Invitation.digest_of(secret))
    state = found.state(timezone.now())
    if state in REASONS:
        raise NotInvited(REASONS[state])
    return found


def revoke(study: Study, invitation_id: int, actor_id: int) -> None:
    """Members that came by it stay. Raises Invitation.DoesNotExist; does nothing the second time."""
    with transaction.atomic():
        found = study.invitations.select_for_update(of=("self",)).get(pk=invitation_id)
        if found.revoked_at is None:
            found.revoked_at = timezone.now()
            found.save(update_fields=["revoked_at"])
            record(study, "revoked", actor=actor_id, before=found.role)
