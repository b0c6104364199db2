"""Casts one parity vote in one statement, under the gates and caps of every other vote.

It counts, is recorded uncounted where it came faster than anyone can look, or is refused with its reason on record.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from arena.models import ParityBattle, ParityVote
from arena.models.battles import token_digest
from arena.models.visibility import PUBLIC_PARITY_BATTLE_SQL
from arena.parity.recompute import schedule_parity
from arena.rating.tallies import OUTCOMES
from arena.votes.outcome_sql import TALLY_ADDED, TALLY_COLUMNS, each_outcome
from arena.voting.ballot import Ballot, RecordedVote, VoteRefused
from arena.voting.cast_vote import REFUSALS_WRITTEN, TOO_FAST, bursting, quotas_after, run_vote_statement, why_closed

# Locks come in the order of every vote: battle, vote, tally, voter, quotas.
BATTLE: Final = f"""
WITH battle AS MATERIALIZED (
    SELECT id, scene_id, left_endpoint_id, right_endpoint_id, voter_id FROM arena_paritybattle
    WHERE public_id = %(battle)s AND token_digest = %(digest)s AND voter_id = %(voter)s
      AND void_reason = '' AND revealed_at IS NULL AND expires_at > now()
      AND opened_at <= now() - %(fastest)s * interval '1 millisecond'
      AND {PUBLIC_PARITY_BATTLE_SQL}
    FOR NO KEY UPDATE
)""".rstrip()  # noqa: S608
COUNT: Final = f"""
{BATTLE}, vote AS (
    INSERT INTO arena_parityvote (battle_id, outcome, cast_at, is_counted)
    SELECT id, %(outcome)s, now(), true FROM battle
    ON CONFLICT (battle_id) DO NOTHING RETURNING number
), tally AS (
    INSERT INTO arena_paritytally AS tally
        (scene_id, left_endpoint_id, right_endpoint_id, {TALLY_COLUMNS}, last_vote_number, updated_at)
    SELECT scene_id, left_endpoint_id, right_endpoint_id, {each_outcome("%({name})s")}, vote.number, now()
    FROM battle, vote
    ON CONFLICT (scene_id, left_endpoint_id, right_endpoint_id) DO UPDATE SET {TALLY_ADDED}
    RETURNING 1
), voter AS (
    UPDATE arena_voter AS voter SET parity_votes = voter.parity_votes + 1 FROM battle, tally
    WHERE voter.id = battle.voter_id RETURNING voter.parity_votes
), {quotas_after("voter")}
SELECT vote.number, voter.parity_votes FROM vote, voter
"""  # noqa: S608
RECORD: Final = f"""
{BATTLE}, vote AS (
    INSERT INTO arena_parityvote (battle_id, outcome, cast_at, is_counted, set_aside)
    SELECT id, %(outcome)s, now(), false, '{TOO_FAST}' FROM battle
    ON CONFLICT (battle_id) DO NOTHING RETURNING number
), {quotas_after("vote")}
SELECT vote.number, voter.parity_votes FROM vote, battle JOIN arena_voter AS voter ON voter.id = battle.voter_id
"""  # noqa: S608


def cast_parity_vote(ballot: Ballot) -> RecordedVote:
    """Count the vote, or record it uncounted when it came too fast, or raise VoteRefused with the refusal on record."""
    try:
        return _cast(ballot)
    except VoteRefused as refusal:
        _record_refusal(ballot, refusal.reason)
        raise


def _cast(ballot: Ballot) -> RecordedVote:
    if ballot.outcome not in OUTCOMES:
        raise VoteRefused("bad_outcome")
    too_many = bursting(ballot)
    # a flood from one network is turned away before it costs anything
    if "network" in too_many:
        raise VoteRefused("burst")
    row = None if "voter" in too_many else run_vote_statement(COUNT, _parameters(ballot, settings.FASTEST_VOTE_MS))
    if row is not None:
        transaction.on_commit(schedule_parity)
        number, votes = row
        return RecordedVote(number, votes)
    reason = _refusal_reason(ballot)
    if reason != TOO_FAST:
        raise VoteRefused(reason)
    row = run_vote_statement(RECORD, _parameters(ballot, 0))
    if row is None:
        # the battle waits still: its vote came and went between the two looks
        raise VoteRefused("void")
    number, votes = row
    return RecordedVote(number, votes, is_counted=False)


def _parameters(ballot: Ballot, fastest_ms: int) -> dict[str, Any]:
    return {
        "battle": ballot.battle,
        "digest": token_digest(ballot.token),
        "voter": ballot.voter_id,
        "outcome": ballot.outcome,
        "fastest": fastest_ms,
        "network": ballot.network,
        "voter_cap": settings.VOTER_DAILY_CAP,
        "network_cap": settings.NETWORK_DAILY_CAP,
        **{outcome: int(outcome == ballot.outcome) for outcome in OUTCOMES},
    }


def _refusal_reason(ballot: Ballot) -> str:
    """Asked once the vote was not counted: the first gate that stopped it."""
    parts = ("scene__competition", "left_entry", "right_entry")
    battle = ParityBattle.objects.filter(public_id=ballot.battle).select_related(*parts).first()
    if battle is None:
        return "unknown_battle"
    if battle.voter_id is None or battle.voter_id != ballot.voter_id:
        return "wrong_voter"
    if battle.token_digest != token_digest(ballot.token):
        return "wrong_token"
    if ParityVote.objects.filter(battle=battle).exists():
        return "already_voted"
    return why_closed(battle, battle.is_public) or TOO_FAST


# a network's refusals are counted all, and written one by one up to a bound, so that a flood of them fills no disk
RECORD_REFUSAL: Final = """
WITH quota AS (
    INSERT INTO arena_votequota AS quota (kind, subject, day, votes)
    VALUES ('refused', %(network)s, (now() AT TIME ZONE 'UTC')::date, 1)
    ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + 1 RETURNING votes
)
INSERT INTO arena_refusedparityvote (battle_id, voter_id, network, outcome, reason, received_at)
SELECT (SELECT id FROM arena_paritybattle WHERE public_id = %(battle)s),
       (SELECT id FROM arena_voter WHERE id = %(voter)s), %(network)s, %(outcome)s, %(reason)s, now()
FROM quota WHERE quota.votes <= %(most)s
"""


def _record_refusal(ballot: Ballot, reason: str) -> None:
    """Rows that are gone are left out, so that nothing can stop the record."""
    outcome = "".join(filter(str.isprintable, ballot.outcome))[:20]
    row: dict[str, Any] = {"battle": ballot.battle, "voter": ballot.voter_id or 0, "network": ballot.network}
    with connection.cursor() as cursor:
        cursor.execute(RECORD_REFUSAL, {**row, "outcome": outcome, "reason": reason, "most": REFUSALS_WRITTEN})
