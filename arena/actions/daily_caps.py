"""The caps of a day on a voter and a network: how a vote's statement uses them up, and the refusal."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from arena.ballot import Ballot
from arena.vote_refusal import VoteRefused


def quotas_after(step: str) -> str:
    """The CTEs voter_quota and network_quota; each has a row if the vote kept by the CTE `step` is within its cap."""
    return f"""voter_quota AS (
    INSERT INTO arena_votequota AS quota (kind, subject, day, votes)
    SELECT 'voter', battle.voter_id::text, (now() AT TIME ZONE 'UTC')::date, 1 FROM battle, {step}
    ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + 1
        WHERE quota.votes < %(voter_cap)s RETURNING 1
), network_quota AS (
    INSERT INTO arena_votequota AS quota (kind, subject, day, votes)
    SELECT 'network', %(network)s, (now() AT TIME ZONE 'UTC')::date, 1 FROM voter_quota
    ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + 1
        WHERE quota.votes < %(network_cap)s RETURNING 1
)"""  # noqa: S608


def quota_parameters(ballot: Ballot) -> dict[str, Any]:
    """What the CTEs take."""
    return {
        "network": ballot.network,
        "voter_cap": settings.VOTER_DAILY_CAP,
        "network_cap": settings.NETWORK_DAILY_CAP,
    }


def refuse_beyond_caps(within_voter_cap: bool, within_network_cap: bool) -> None:
    """Raises VoteRefused; called inside the transaction, so that the vote is rolled back with it."""
    if not within_voter_cap:
        raise VoteRefused("voter_cap")
    if not within_network_cap:
        raise VoteRefused("network_cap")
