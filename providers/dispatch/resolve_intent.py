"""A person's word on a call whose fate was unknown: it was charged, or it was not and its money is free again."""

from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from providers.models import Intent

GIVE_BACK = """
UPDATE providers_budgetwindow SET spent_usd = spent_usd - %(usd)s WHERE id IN (
    SELECT id FROM providers_budgetwindow WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE
)
"""


class AlreadyResolved(ValueError):
    """It is not unknown, or somebody has settled it before."""


@transaction.atomic
def resolve_intent(intent_id: int, *, charged: bool, actor: str, reason: str) -> Intent:
    """Settle it, once. Raises AlreadyResolved; ValueError without an actor or a reason."""
    if not actor.strip() or not reason.strip():
        raise ValueError("who says so, and why?")
    intent = Intent.objects.select_for_update().get(pk=intent_id)
    if intent.state != "unknown" or intent.resolved_at:
        raise AlreadyResolved(f"{intent} has been settled before")
    if not charged:
        with connection.cursor() as cursor:
            cursor.execute(GIVE_BACK, {"usd": intent.cost_usd, "ids": intent.window_ids})
        intent.cost_usd, intent.cost_basis, intent.cost_breakdown = Decimal(0), "nothing", []
    intent.resolution = "charged" if charged else "not_charged"
    intent.resolved_by, intent.resolution_reason, intent.resolved_at = actor.strip(), reason.strip(), timezone.now()
    intent.save()
    return intent
