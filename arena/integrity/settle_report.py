"""Ends a voter's report on a pair, with or without retiring one of its two entries."""

from django.db import transaction
from django.utils import timezone

from arena.competitions.change_status import retire_entries
from arena.models import PairReport


class ReportSettled(ValueError):
    """Somebody has settled the report before."""


def settle_report(report_id: int, retire: str = "") -> PairReport:
    """`retire` is left, right or empty for neither. Raises ReportSettled."""
    with transaction.atomic():
        reports = PairReport.objects.select_related("battle").select_for_update(of=("self",))
        report = reports.get(pk=report_id)
        if report.settled_at is not None:
            raise ReportSettled("this report has already been settled")
        if retire:
            battle = report.battle
            retire_entries([battle.left_entry_id if retire == "left" else battle.right_entry_id])
        report.settled_at = timezone.now()
        report.save(update_fields=["settled_at"])
    return report
