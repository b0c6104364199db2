"""What is known of an account, as values, and taking it away: votes stay, under a pseudonym that leads to nobody."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from arena.models import Invitation, Membership, RightsChange, Study, Vote
from arena.studies.addresses import with_address
from arena.studies.people import record, revoke_invitations_of
from arena.studies.roles import OWNER


class SoleOwner(ValueError):
    """The account is the only owner of a study."""


def known_of(account_id: int) -> dict[str, Any]:
    """Account, memberships, changes of its rights, and its votes in studies; moments in ISO 8601, UTC."""
    account = get_user_model()._default_manager.get(pk=account_id)
    members = list(Membership.objects.filter(account=account_id).select_related("study", "voter"))
    changes = RightsChange.objects.filter(subject=account_id).select_related("study").order_by("at", "id")
    return {
        "account": {
            "name": account.get_username(),
            "address": account.email,
            "made_at": account.date_joined.isoformat(),
            "last_log_in_at": account.last_login.isoformat() if account.last_login else None,
            "log_ins_elsewhere": list(account.identities.values("issuer", "subject")),
        },
        "studies": [_membership(member) for member in members],
        "changes_of_rights": [
            {
                "at": change.at.isoformat(),
                "study": change.study.public_id,
                "what": change.what,
                "role_before": change.role_before,
                "role_after": change.role_after,
            }
            for change in changes
        ],
    }


def _membership(member: Membership) -> dict[str, Any]:
    return {
        "study": member.study.public_id,
        "title": member.study.title,
        "role": member.role,
        "joined_at": member.joined_at.isoformat(),
        "pseudonym": str(member.voter.public_id) if member.voter else None,
        "votes": list(_votes(member.voter_id)) if member.voter_id else [],
    }


def _votes(voter_id: int) -> Iterator[dict[str, Any]]:
    rows = Vote.objects.filter(battle__voter=voter_id).select_related("battle__competition").order_by("number")
    for vote in rows.iterator(2000):
        yield {
            "vote": vote.number,
            "at": vote.cast_at.isoformat() if vote.cast_at else None,
            "competition": vote.battle.competition.public_id,
            "criterion": vote.criterion,
            "outcome": vote.outcome,
        }


def erase_account(account_id: int) -> None:
    """For good. Address, name, log-ins elsewhere and memberships go; votes and the record of rights stay without it.

    Raises SoleOwner.
    """
    with transaction.atomic():
        account = get_user_model()._default_manager.select_for_update().get(pk=account_id)
        own = list(Membership.objects.filter(account=account_id))
        studies = {study.pk: study for study in _locked(member.study_id for member in own)}
        if needed := [studies[one.study_id].title for one in own if one.role == OWNER and not _has_another(one)]:
            raise SoleOwner(f"You are the only owner of {', '.join(needed)}. Make somebody else an owner first.")
        for member in own:
            record(studies[member.study_id], "left", actor=account_id, subject=account_id, before=member.role)
            revoke_invitations_of(studies[member.study_id], account_id, account_id)
        if account.email:
            invited = with_address(Invitation.objects.all(), "address", account.email)
            invited.filter(uses=0, revoked_at=None).update(revoked_at=timezone.now())
            invited.update(address="")
        account.delete()


def _locked(numbers: Iterator[int]) -> list[Study]:
    return list(Study.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(numbers)).order_by("pk"))


def _has_another(member: Membership) -> bool:
    others = Membership.objects.filter(study=member.study_id, role=OWNER).exclude(pk=member.pk)
    return others.exists()
