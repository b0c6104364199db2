"""Why a ballot does not count, and the record of it: a refused vote is kept with its reason, at weight 0."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from django.utils import timezone

from arena.models import Battle
from arena.voting.ballot import Ballot
from arena.voting.battle_token import token_digest

TOO_FAST: Final = "too_fast"
REFUSALS_WRITTEN: Final = 2000


def reason_of(ballot: Ballot) -> str:
    """Asked once the vote was not counted: the first gate that stopped it."""
    parts = ("vote", "competition", "left_entry", "right_entry")
    battle = Battle.objects.filter(public_id=ballot.battle).select_related(*parts).first()
    if battle is None:
        return "unknown_battle"
    if battle.voter_id is None or battle.voter_id != ballot.voter_id:
        return "wrong_voter"
    if battle.token_digest != token_digest(ballot.token):
        return "wrong_token"
    if hasattr(battle, "vote"):
        return "already_voted"
    if battle.void_reason or not battle.is_public:
        return "void"
    return "expired" if battle.expires_at is None or battle.expires_at <= timezone.now() else TOO_FAST


# a network's refusals are counted all, and written one by one up to a bound, so that a flood of them fills no disk
KEEP: Final = """
WITH quota AS (
    INSERT INTO arena_votequota AS quota (kind, subject, day, votes)
    VALUES ('refused', %(network)s, (now() AT TIME ZONE 'UTC')::date, 1)
    ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + 1 RETURNING votes
)
INSERT INTO arena_refusedvote (battle_id, voter_id, network, outcome, reason, received_at)
SELECT (SELECT id FROM arena_battle WHERE public_id = %(battle)s), (SELECT id FROM arena_voter WHERE id = %(voter)s),
       %(network)s, %(outcome)s, %(reason)s, now()
FROM quota WHERE quota.votes <= %(most)s
"""


def keep_refusal(ballot: Ballot, reason: str) -> None:
    """Rows that are gone are left out, so that nothing can stop the record."""
    outcome = "".join(filter(str.isprintable, ballot.outcome))[:20]
    row: dict[str, Any] = {"battle": ballot.battle, "voter": ballot.voter_id or 0, "network": ballot.network}
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {**row, "outcome": outcome, "reason": reason, "most": REFUSALS_WRITTEN})
