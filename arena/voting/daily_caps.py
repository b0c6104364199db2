"""The caps of a day on a voter and a network: how a vote's statement uses them up.

A quota's row carries the cap it was raised under, and a constraint of the table refuses more; so the whole statement
fails, and nothing of the vote is kept.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from arena.models.voters import NETWORK_CAP, VOTER_CAP
from arena.voting.ballot import Ballot

REASONS: Final = {VOTER_CAP: "voter_cap", NETWORK_CAP: "network_cap"}


def quotas_after(step: str) -> str:
    """The CTEs voter_quota and network_quota, which raise both for the vote kept by the CTE `step`."""
    return f"""voter_quota AS (
    INSERT INTO arena_votequota AS quota (kind, subject, day, votes, most)
    SELECT 'voter', battle.voter_id::text, (now() AT TIME ZONE 'UTC')::date, 1, %(voter_cap)s FROM battle, {step}
    ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + 1, most = EXCLUDED.most
    RETURNING 1
), network_quota AS (
    INSERT INTO arena_votequota AS quota (kind, subject, day, votes, most)
    SELECT 'network', %(network)s, (now() AT TIME ZONE 'UTC')::date, 1, %(network_cap)s FROM voter_quota
    ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + 1, most = EXCLUDED.most
    RETURNING 1
)"""  # noqa: S608


def quota_parameters(ballot: Ballot) -> dict[str, Any]:
    """What the CTEs take."""
    return {
        "network": ballot.network,
        "voter_cap": settings.VOTER_DAILY_CAP,
        "network_cap": settings.NETWORK_DAILY_CAP,
    }
