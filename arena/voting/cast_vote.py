"""Casts one vote: battle, vote, tally, counters and caps in one statement; it counts, is recorded uncounted or refused.

A vote too fast to have been looked at is answered as if nothing were wrong and stands in the log at weight 0, under an
exclusion of the day that an operator can restore: a script does not learn from an error where the limit lies. A row of
a day's quota carries the cap it was raised under, and a constraint of the table refuses more; so the whole statement
fails, and nothing of the vote is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from arena.boards.recompute import schedule_recompute
from arena.models import Battle, ParityBattle
from arena.models.battles import token_digest
from arena.models.visibility import SHOWN_BATTLE_SQL
from arena.models.voters import NETWORK_CAP, VOTER_CAP
from arena.rating.criteria import OVERALL
from arena.rating.tallies import OUTCOMES
from arena.valkey import ask_valkey
from arena.votes.outcome_sql import TALLY_ADDED, TALLY_COLUMNS, counters_changed, each_outcome
from arena.voting.ballot import Ballot, RecordedVote, VoteRefused

CAP_REASONS: Final = {VOTER_CAP: "voter_cap", NETWORK_CAP: "network_cap"}


def quotas_after(step: str) -> str:
    """The CTEs voter_quota and network_quota, which raise both for the vote stored by the CTE `step`."""
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


def run_vote_statement(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Its row; None where it found no battle to vote on. Raises VoteRefused, and nothing is stored, beyond a cap.

    Django's own cursor neither prepares a statement nor, inside `atomic`, lets it be its own transaction: together a
    quarter of a vote's time.
    """
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            return cursor.execute(statement, parameters, prepare=True).fetchone()
    except IntegrityError as error:
        reason = CAP_REASONS.get(_broken_constraint(error))
        if reason is None:
            raise
        raise VoteRefused(reason) from None


def _broken_constraint(error: IntegrityError) -> str:
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""


BURST_S: Final = 10
BURST_VOTES: Final = {"voter": 30, "network": 600}
TOO_FAST: Final = "too_fast"
TOO_FAST_REASON: Final = "Cast faster than anyone can look at two pictures; set aside by the site."
REFUSALS_WRITTEN: Final = 2000


def cast_vote(ballot: Ballot) -> RecordedVote:
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
    counted = None if "voter" in too_many else _count(ballot)
    return counted or _record_uncounted(ballot)


def bursting(ballot: Ballot) -> set[str]:
    """Who sends too much by atomic counters of the last seconds; without a store the daily caps hold alone."""

    def count(store: Any) -> list[int]:
        slot = int(timezone.now().timestamp()) // BURST_S
        pipeline = store.pipeline(transaction=False)
        for kind, subject in (("voter", ballot.voter_id), ("network", ballot.network)):
            key = f"lumenboard:burst:{kind}:{subject}:{slot}"
            pipeline.incr(key)
            pipeline.expire(key, 2 * BURST_S)
        return [int(answer) for answer in pipeline.execute()[::2]]

    counted = ask_valkey(count) or [0] * len(BURST_VOTES)
    return {kind for n, (kind, most) in zip(counted, BURST_VOTES.items(), strict=True) if n > most}


# Locks come in one order in every vote (battle, tally, entries by id, voter, quotas), so votes never wait in a ring.
TALLIED: Final = f"""
WITH battle AS MATERIALIZED (
    SELECT id, competition_id, left_model_id, right_model_id, left_entry_id, right_entry_id, voter_id, network
    FROM arena_battle
    WHERE public_id = %(battle)s AND token_digest = %(digest)s AND voter_id = %(voter)s
      AND void_reason = '' AND revealed_at IS NULL AND expires_at > now()
      AND opened_at <= now() - %(fastest)s * interval '1 millisecond'
      AND {SHOWN_BATTLE_SQL}
    FOR NO KEY UPDATE
), vote AS (
    INSERT INTO arena_vote (battle_id, criterion, outcome, cast_at, is_counted)
    SELECT id, %(criterion)s, %(outcome)s, now(), true FROM battle
    ON CONFLICT (battle_id, criterion) DO NOTHING RETURNING number
), tally AS (
    INSERT INTO arena_tally AS tally
        (competition_id, left_model_id, right_model_id, criterion, {TALLY_COLUMNS}, last_vote_number, updated_at)
    SELECT competition_id, left_model_id, right_model_id, %(criterion)s, {each_outcome("%({name})s")}, vote.number,
           now()
    FROM battle, vote
    ON CONFLICT (competition_id, left_model_id, right_model_id, criterion) DO UPDATE SET
        {TALLY_ADDED}
    RETURNING 1
)
""".rstrip()  # noqa: S608
COUNT_ONCE: Final = f"""
{TALLIED}, held AS MATERIALIZED (
    SELECT entry.id, entry.id = battle.left_entry_id AS is_left
    FROM arena_entry AS entry JOIN battle ON entry.id IN (battle.left_entry_id, battle.right_entry_id)
    WHERE EXISTS (SELECT 1 FROM tally) ORDER BY entry.id FOR NO KEY UPDATE OF entry
), entries AS (
    UPDATE arena_entry AS entry SET {counters_changed("+", "%({name})s")}
    FROM held WHERE entry.id = held.id RETURNING 1
), voter AS (
    UPDATE arena_voter AS voter SET votes = voter.votes + 1 FROM battle
    WHERE voter.id = battle.voter_id AND (SELECT count(*) FROM entries) = 2 RETURNING voter.votes
), {quotas_after("voter")}
SELECT vote.number, voter.votes, battle.competition_id FROM vote, battle, voter
"""  # noqa: S608
# by another criterion: entries, voters and caps count battles, each once
COUNT_BESIDE: Final = f"""
{TALLIED}
SELECT vote.number, voter.votes, battle.competition_id
FROM vote, tally, battle JOIN arena_voter AS voter ON voter.id = battle.voter_id
"""  # noqa: S608


def _count(ballot: Ballot) -> RecordedVote | None:
    """None for a vote that came too fast."""
    statement = COUNT_ONCE if ballot.criterion == OVERALL else COUNT_BESIDE
    row = run_vote_statement(statement, _parameters(ballot))
    if row is None:
        reason = _refusal_reason(ballot)
        if reason == TOO_FAST:
            return None
        raise VoteRefused(reason)
    number, votes, competition_id = row
    transaction.on_commit(partial(schedule_recompute, competition_id))
    return RecordedVote(number, votes)


# locks come in the order of a counted vote's: battle, vote, quotas; the exclusion is the last
SET_ASIDE: Final = f"""
WITH battle AS MATERIALIZED (
    SELECT id, voter_id FROM arena_battle
    WHERE public_id = %(battle)s AND token_digest = %(digest)s AND voter_id = %(voter)s
      AND void_reason = '' AND revealed_at IS NULL AND expires_at > now()
      AND {SHOWN_BATTLE_SQL}
    FOR NO KEY UPDATE
), exclusion AS (
    INSERT INTO arena_voteexclusion AS present (gate, day, reason, votes, created_at)
    SELECT %(gate)s, (now() AT TIME ZONE 'UTC')::date, %(reason)s, 1, now() FROM battle
    ON CONFLICT (gate, day) WHERE restored_at IS NULL AND NOT gate = '' DO UPDATE SET votes = present.votes + 1
    RETURNING id
), vote AS (
    INSERT INTO arena_vote (battle_id, criterion, outcome, cast_at, is_counted, exclusion_id)
    SELECT battle.id, %(criterion)s, %(outcome)s, now(), false, exclusion.id FROM battle, exclusion
    ON CONFLICT (battle_id, criterion) DO NOTHING RETURNING number
)
""".rstrip()  # noqa: S608
_RECORDED: Final = """
SELECT vote.number, voter.votes
FROM vote, battle JOIN arena_voter AS voter ON voter.id = battle.voter_id
"""
RECORD_ONCE: Final = f"{SET_ASIDE}, {quotas_after('vote')}{_RECORDED}"
# by another criterion: caps count battles
RECORD_BESIDE: Final = f"{SET_ASIDE}{_RECORDED}"


def _record_uncounted(ballot: Ballot) -> RecordedVote:
    """It uses up its voter's and network's day as if it had counted.

    Raises VoteRefused, and then nothing is recorded here, where the battle takes no vote or a cap is reached.
    """
    statement = RECORD_ONCE if ballot.criterion == OVERALL else RECORD_BESIDE
    row = run_vote_statement(statement, _parameters(ballot))
    if row is None:
        reason = _refusal_reason(ballot)
        # the battle waits still: its vote came and went between the two looks
        raise VoteRefused("void" if reason == TOO_FAST else reason)
    number, votes = row
    return RecordedVote(number, votes, is_counted=False)


def _parameters(ballot: Ballot) -> dict[str, Any]:
    return {
        "battle": ballot.battle,
        "digest": token_digest(ballot.token),
        "voter": ballot.voter_id,
        "criterion": ballot.criterion,
        "outcome": ballot.outcome,
        "fastest": settings.FASTEST_VOTE_MS,
        "gate": TOO_FAST,
        "reason": TOO_FAST_REASON,
        "network": ballot.network,
        "voter_cap": settings.VOTER_DAILY_CAP,
        "network_cap": settings.NETWORK_DAILY_CAP,
        **{outcome: int(outcome == ballot.outcome) for outcome in OUTCOMES},
    }


def _refusal_reason(ballot: Ballot) -> str:
    """Asked once the vote was not counted: the first gate that stopped it."""
    parts = ("competition", "left_entry", "right_entry")
    battle = Battle.objects.filter(public_id=ballot.battle).select_related(*parts).first()
    if battle is None:
        return "unknown_battle"
    if battle.voter_id is None or battle.voter_id != ballot.voter_id:
        return "wrong_voter"
    if battle.token_digest != token_digest(ballot.token):
        return "wrong_token"
    if battle.votes.filter(criterion=ballot.criterion).exists():
        return "already_voted"
    return why_closed(battle, battle.is_shown) or TOO_FAST


def why_closed(battle: Battle | ParityBattle, is_shown: bool) -> str:
    """Why a battle of any kind takes no vote any more; empty while it does."""
    if battle.void_reason or not is_shown:
        return "void"
    if battle.revealed_at is not None:
        return "revealed"
    return "expired" if battle.expires_at is None or battle.expires_at <= timezone.now() else ""


# a network's refusals are counted all, and written one by one up to a bound, so that a flood of them fills no disk
RECORD_REFUSAL: Final = """
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


def _record_refusal(ballot: Ballot, reason: str) -> None:
    """Rows that are gone are left out, so that nothing can stop the record."""
    outcome = "".join(filter(str.isprintable, ballot.outcome))[:20]
    row: dict[str, Any] = {"battle": ballot.battle, "voter": ballot.voter_id or 0, "network": ballot.network}
    with connection.cursor() as cursor:
        cursor.execute(RECORD_REFUSAL, {**row, "outcome": outcome, "reason": reason, "most": REFUSALS_WRITTEN})
