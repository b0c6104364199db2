"""Who may do what in which study, for one account: the roles' table applied to rows."""

from dataclasses import dataclass
from typing import Final

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from arena.models import Membership, Study
from arena.studies.roles import DRAFT, Right, rights_of, roles_with


@dataclass(frozen=True)
class Asker:
    """Who asks. An operator sees every study, and changes them with the permission to."""

    account_id: int | None = None
    is_operator: bool = False
    may_change: bool = False


NOBODY: Final = Asker()


@dataclass(frozen=True)
class StudyAccess:
    """A study with what the asker may do in it; `role` is empty for who is no member."""

    study: Study
    role: str
    rights: frozenset[Right]

    def may(self, right: str) -> bool:
        return right in self.rights


def access_to(public_id: str, asker: Asker) -> StudyAccess:
    """One query. Raises Study.DoesNotExist alike where there is none and where the asker may not see it."""
    found = access_of(_with_role(Study.objects.filter(public_id=public_id), asker).get(), asker)
    if not found.may(Right.SEE):
        raise Study.DoesNotExist
    return found


def studies_of(asker: Asker) -> QuerySet[Study]:
    """Those the account belongs to and sees, newest first, each with its `role`; of an operator all."""
    rows = _with_role(Study.objects.all(), asker)
    if asker.is_operator:
        return rows
    seen = Q(role__in=roles_with(Right.SEE, "open")) & ~Q(status=DRAFT) | Q(role__in=roles_with(Right.SEE, DRAFT))
    return rows.filter(seen)


def studies_with_results(account_id: int) -> frozenset[int]:
    """Row ids of the studies whose results the account may see. One query."""
    own = Membership.objects.filter(account=account_id)
    shown = ~Q(study__status=DRAFT) & Q(role__in=roles_with(Right.RESULTS, "open"))
    prepared = Q(study__status=DRAFT, role__in=roles_with(Right.RESULTS, DRAFT))
    return frozenset(own.filter(shown | prepared).values_list("study", flat=True))


def access_of(study: Study, asker: Asker) -> StudyAccess:
    """Of a row read with its asker's `role`."""
    role = str(getattr(study, "role", ""))
    rights = rights_of(role, study.status)
    if study.is_for_all:
        rights |= {Right.SEE}
    if asker.is_operator:
        rights |= {Right.SEE, Right.RESULTS}
    if asker.may_change:
        rights |= set(Right) - {Right.VOTE}
    return StudyAccess(study, role, rights)


def _with_role(studies: QuerySet[Study], asker: Asker) -> QuerySet[Study]:
    own = Membership.objects.filter(study=OuterRef("pk"), account=asker.account_id or 0)
    return studies.annotate(role=Coalesce(Subquery(own.values("role")[:1]), Value("")))
