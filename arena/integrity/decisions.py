"""What an operator makes of a flag or a report: votes stop counting, an entry is retired, or neither.

Restoring votes is exclude_votes'.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from arena.competitions.change_competitions import retire_entries
from arena.integrity.exclude_votes import exclude_votes
from arena.integrity.vote_cohorts import votes_of_flag
from arena.models import PairReport, VoteExclusion, VoteFlag


class FlagDecided(ValueError):
    """The flag is no longer open."""


def exclude_flagged(flag_id: int, *, reason: str, actor: User) -> VoteExclusion:
    """The tested votes that still count stop counting. Raises FlagDecided, NothingToExclude, ValueError."""
    with transaction.atomic():
        flag = _open_flag(flag_id)
        exclusion = exclude_votes(votes_of_flag(flag), reason=reason, actor=actor, flag=flag)
        _decide(flag, "excluded", actor)
    return exclusion


def dismiss_flag(flag_id: int, *, actor: User) -> VoteFlag:
    """The votes go on counting; the same ones are not flagged again. Raises FlagDecided."""
    with transaction.atomic():
        flag = _open_flag(flag_id)
        _decide(flag, "dismissed", actor)
    return flag


def _open_flag(flag_id: int) -> VoteFlag:
    flag = VoteFlag.objects.select_for_update().get(pk=flag_id)
    if flag.status != "open":
        raise FlagDecided("this flag has already been decided")
    return flag


def _decide(flag: VoteFlag, status: str, actor: User) -> None:
    flag.status, flag.decided_by = status, actor
    flag.save(update_fields=["status", "decided_by"])


class ReportClosed(ValueError):
    """Somebody has settled the report before."""


def close_report(report_id: int, retire: str = "") -> PairReport:
    """`retire` is left, right or empty for neither. Raises ReportClosed."""
    with transaction.atomic():
        reports = PairReport.objects.select_related("battle").select_for_update(of=("self",))
        report = reports.get(pk=report_id)
        if report.settled_at is not None:
            raise ReportClosed("this report has already been settled")
        if retire:
            battle = report.battle
            retire_entries([battle.left_entry_id if retire == "left" else battle.right_entry_id])
        report.settled_at = timezone.now()
        report.save(update_fields=["settled_at"])
    return report
