"""How many pairs a voter is shown in a day: twenty, and two more for each vote.

Else passing pairs over, by a skip, a report, a picture called broken or a cookie thrown away, would be a way to choose
whom to vote on. Voters without a vote are cheap to make, so what they open together is also bounded per network.
"""

from typing import Any, Final

from django.conf import settings
from django.db import connection

from arena.voting.ballot import StepRefused

FREE_PAIRS: Final = 20
PAIRS_PER_VOTE: Final = 2

ALLOWANCE: Final = """%(free)s + %(per_vote)s * coalesce((
        SELECT votes FROM arena_votequota
        WHERE kind = 'voter' AND subject = %(voter)s::text AND day = (now() AT TIME ZONE 'UTC')::date), 0)"""

# CTEs for the statement that opens a pair: `allowed` has a row where it may
ALLOWED: Final = f"""voter AS (
    SELECT id, votes + parity_votes AS votes FROM arena_voter WHERE id = %(voter)s
), opened AS (
    INSERT INTO arena_votequota AS quota (kind, subject, day, votes, most)
    SELECT 'opened', voter.id::text, (now() AT TIME ZONE 'UTC')::date, %(pairs)s, {ALLOWANCE} FROM voter
    ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + EXCLUDED.votes, most = EXCLUDED.most
    WHERE quota.votes + EXCLUDED.votes <= EXCLUDED.most RETURNING 1
), newcomer AS (
    INSERT INTO arena_votequota AS quota (kind, subject, day, votes, most)
    SELECT 'newcomer', %(network)s, (now() AT TIME ZONE 'UTC')::date, 1, %(newcomer_cap)s
    FROM voter, opened WHERE voter.votes = 0
    ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + 1, most = EXCLUDED.most
    WHERE quota.votes < EXCLUDED.most RETURNING 1
), allowed AS (
    SELECT 1 FROM voter, opened WHERE voter.votes > 0 OR EXISTS (SELECT 1 FROM newcomer)
)"""  # noqa: S608


def pair_parameters(voter_id: int, network: str, pairs: int = 1) -> dict[str, Any]:
    """What the CTEs take; a pair that an undone vote opens again costs what the vote had earned."""
    return {
        "voter": voter_id,
        "network": network,
        "pairs": pairs,
        "free": FREE_PAIRS,
        "per_vote": PAIRS_PER_VOTE,
        "newcomer_cap": settings.NEWCOMER_DAILY_CAP,
    }


LEFT: Final = f"""
SELECT {ALLOWANCE} - coalesce((
        SELECT votes FROM arena_votequota
        WHERE kind = 'opened' AND subject = %(voter)s::text AND day = (now() AT TIME ZONE 'UTC')::date), 0)
"""  # noqa: S608


def check_another_pair(voter_id: int) -> None:
    """Raises StepRefused where a pair passed over could not be followed by another today."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, {"voter": voter_id, "free": FREE_PAIRS, "per_vote": PAIRS_PER_VOTE})
        row = cursor.fetchone()
    if row is None or row[0] < 1:
        raise StepRefused("skips_used_up")
