"""Members of a study: making it, changing a role, removing. Each change is written down; an owner always stays."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from arena.models import Membership, RightsChange, Study, Voter
from arena.studies.roles import OWNER, RIGHTS, leaves_an_owner


class LastOwner(ValueError):
    """The change would leave a study without an owner."""

    def __init__(self) -> None:
        super().__init__("This is the study's last owner. Make somebody else an owner first.")


class UnknownRole(ValueError):
    """Not one of the roles."""


def make_study(study: Study, account_id: int) -> Study:
    """Stored, with the account as its owner."""
    with transaction.atomic():
        study.save()
        add_member(study, account_id, OWNER)
        record(study, "created", actor=account_id, subject=account_id, after=OWNER)
    return study


def add_member(study: Study, account_id: int, role: str, invitation_id: int | None = None) -> Membership:
    """With a pseudonym for its votes."""
    return Membership.objects.create(
        study=study, account_id=account_id, role=role, voter=Voter.objects.create(), invitation_id=invitation_id
    )


def change_role(study: Study, member_id: int, role: str, actor_id: int | None) -> Membership:
    """Who is an owner no more leaves no open invitations. Raises UnknownRole, LastOwner, Membership.DoesNotExist."""
    if role not in RIGHTS:
        raise UnknownRole(f"{role!r} is no role; allowed are {', '.join(RIGHTS)}")
    with transaction.atomic():
        members = _locked_members(study)
        member = _one_of(members, member_id)
        before, member.role = member.role, role
        if before == role:
            return member
        if not leaves_an_owner(one.role for one in members):
            raise LastOwner
        member.save(update_fields=["role"])
        record(study, "changed", actor=actor_id, subject=member.account_id, before=before, after=role)
        if before == OWNER:
            revoke_invitations_of(study, member.account_id, actor_id)
    return member


def remove_member(study: Study, member_id: int, actor_id: int | None) -> Membership:
    """As it was; its votes stay, its open invitations end. Raises LastOwner, Membership.DoesNotExist."""
    with transaction.atomic():
        members = _locked_members(study)
        member = _one_of(members, member_id)
        if not leaves_an_owner(one.role for one in members if one.pk != member.pk):
            raise LastOwner
        what = "left" if actor_id == member.account_id else "removed"
        record(study, what, actor=actor_id, subject=member.account_id, before=member.role)
        revoke_invitations_of(study, member.account_id, actor_id)
        member.delete()
    return member


def revoke_invitations_of(study: Study, account_id: int, actor_id: int | None) -> None:
    """All that the account made and that work still, so that nobody comes back by a link of their own. Recorded."""
    with transaction.atomic():
        own = study.invitations.select_for_update(of=("self",)).filter(made_by=account_id, revoked_at=None)
        found = {made.pk: made.role for made in own.filter(uses__lt=F("most_uses"))}
        study.invitations.filter(pk__in=found).update(revoked_at=timezone.now())
        RightsChange.objects.bulk_create(
            RightsChange(study=study, what="revoked", actor_id=actor_id, role_before=role) for role in found.values()
        )


def record(
    study: Study, what: str, *, actor: int | None, subject: int | None = None, before: str = "", after: str = ""
) -> None:
    """One row of who changed whose rights."""
    RightsChange.objects.create(
        study=study, what=what, actor_id=actor, subject_id=subject, role_before=before, role_after=after
    )


def lock(study: Study) -> None:
    """Its people change one after the other. Rows that point at it may still come: whoever accepts an invitation holds
    that one and adds such a row, while whoever holds the study may wait for the invitation."""
    Study.objects.select_for_update(of=("self",), no_key=True).get(pk=study.pk)


def _locked_members(study: Study) -> list[Membership]:
    """All of them, while nobody else changes them: two owners that remove each other come one after the other."""
    lock(study)
    return list(study.memberships.all())


def _one_of(members: list[Membership], member_id: int) -> Membership:
    for member in members:
        if member.pk == member_id:
            return member
    raise Membership.DoesNotExist
