"""Plans: what an import would change, shown first, then applied in one transaction, all of it or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, IntegrityError, connection, transaction

from providers.catalogue.checks import check_sheet
from providers.catalogue.codec import same_values
from providers.catalogue.conflicts import refuse_conflicts, shared_changes
from providers.catalogue.diff import Change, differences
from providers.catalogue.errors import ConflictError, StalePlanError
from providers.catalogue.rows import read_sheets
from providers.catalogue.writing import release_claims, write_sheet
from providers.models import Endpoint
from providers.sheet import ModelSheet

# Any fixed number: it only must be the same for everyone who writes the catalogue.
CATALOGUE_LOCK: Final = 0x6C62_0001


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one sheet would change; `current` is what the rows held when it was made, None for a new model."""

    sheet: ModelSheet
    current: ModelSheet | None
    changes: tuple[Change, ...]

    def lines(self) -> tuple[str, ...]:
        """The plan as text: the model, then a line per change."""
        if not self.changes:
            return (f"{self.sheet.slug}: nothing to do",)
        return (f"{self.sheet.slug}:", *(f"  {change}" for change in self.changes))


def plan_model(sheet: ModelSheet) -> Plan:
    """Plan one sheet. Raises SheetError for bad values, ConflictError for claims that cannot be met."""
    return plan_models([sheet])[0]


def plan_models(sheets: Sequence[ModelSheet]) -> tuple[Plan, ...]:
    """Plan several sheets as one change."""
    for sheet in sheets:
        check_sheet(sheet)
    refuse_conflicts(sheets)
    rows = read_sheets(sheet.slug for sheet in sheets)
    return tuple(
        Plan(
            sheet=sheet,
            current=rows.get(sheet.slug),
            changes=(*shared, *differences(rows.get(sheet.slug), sheet)),
        )
        for sheet, shared in zip(sheets, shared_changes(sheets), strict=True)
    )


def apply_plan(plan: Plan) -> None:
    """Write one plan. Raises StalePlanError when the rows changed since it was made."""
    apply_plans([plan])


def apply_plans(plans: Sequence[Plan]) -> None:
    """Write several plans in one transaction."""
    try:
        with transaction.atomic():
            lock_catalogue()
            _refuse_stale(plans)
            changed = [plan for plan in plans if plan.changes]
            release_claims(plan.sheet for plan in changed)
            for plan in changed:
                write_sheet(plan.sheet)
    except IntegrityError as error:
        raise ConflictError(
            f"the catalogue refused the change, nothing was written: {database_message(error)}"
        ) from None


def lock_catalogue() -> None:
    """Let one catalogue import at a time write; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CATALOGUE_LOCK])


def _refuse_stale(plans: Iterable[Plan]) -> None:
    planned = {plan.sheet.slug: plan for plan in plans}
    rows = read_sheets(planned)
    for slug, plan in planned.items():
        if not same_values(plan.current, rows.get(slug)):
            raise StalePlanError(f"{slug}: the model changed after the plan was made; plan again")


def database_message(error: DatabaseError) -> str:
    """What the database says of the row it refused."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "message_detail", None) or getattr(diagnosis, "message_primary", None) or str(error)


def switch_endpoints(ids: Iterable[int], *, is_enabled: bool) -> int:
    """Returns how many were changed."""
    with transaction.atomic():
        lock_catalogue()
        return Endpoint.objects.filter(pk__in=list(ids)).exclude(is_enabled=is_enabled).update(is_enabled=is_enabled)
