"""What an operator makes of a flag: its votes stop counting, or it is dismissed. Restoring is exclude_votes'."""

from django.contrib.auth.models import User
from django.db import transaction

from arena.integrity.exclude_votes import exclude_votes
from arena.integrity.vote_cohorts import votes_of_flag
from arena.models import VoteExclusion, VoteFlag


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
