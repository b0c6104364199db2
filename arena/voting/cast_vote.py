"""Casts one vote: battle, vote, tally, counters and caps in one statement; it counts once, is set aside or refused."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from arena.boards.recompute_trigger import announce_vote
from arena.models.visibility import PUBLIC_BATTLE_SQL
from arena.rating.outcomes import OUTCOMES
from arena.valkey import ask_valkey
from arena.votes.outcome_sql import TALLY_ADDED, TALLY_COLUMNS, counters_changed, each_outcome
from arena.voting.ballot import Ballot, KeptVote
from arena.voting.battle_token import token_digest
from arena.voting.daily_caps import quota_parameters, quotas_after
from arena.voting.refusals import VoteRefused
from arena.voting.refuse_vote import TOO_FAST, keep_refusal, reason_of
from arena.voting.set_aside import set_aside
from arena.voting.vote_statement import run_vote_statement

BURST_S: Final = 10
BURST_VOTES: Final = {"voter": 30, "network": 600}


def cast_vote(ballot: Ballot) -> KeptVote:
    """Count the vote, or set it aside when it came too fast, or raise VoteRefused with the refusal on record."""
    try:
        return _cast(ballot)
    except VoteRefused as refusal:
        keep_refusal(ballot, refusal.reason)
        raise


def _cast(ballot: Ballot) -> KeptVote:
    if ballot.outcome not in OUTCOMES:
        raise VoteRefused("bad_outcome")
    bursting = _bursting(ballot)
    # a flood from one network is turned away before it costs anything
    if "network" in bursting:
        raise VoteRefused("burst")
    counted = None if "voter" in bursting else _count(ballot)
    return counted or set_aside(ballot)


def _bursting(ballot: Ballot) -> set[str]:
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
COUNT_ONCE: Final = f"""
WITH battle AS MATERIALIZED (
    SELECT id, competition_id, left_model_id, right_model_id, left_entry_id, right_entry_id, voter_id, network
    FROM arena_battle
    WHERE public_id = %(battle)s AND token_digest = %(digest)s AND voter_id = %(voter)s
      AND void_reason = '' AND expires_at > now() AND opened_at <= now() - %(fastest)s * interval '1 millisecond'
      AND {PUBLIC_BATTLE_SQL}
    FOR NO KEY UPDATE
), vote AS (
    INSERT INTO arena_vote (battle_id, outcome, cast_at, is_counted)
    SELECT id, %(outcome)s, now(), true FROM battle
    ON CONFLICT (battle_id) DO NOTHING RETURNING number
), tally AS (
    INSERT INTO arena_tally AS tally
        (competition_id, left_model_id, right_model_id, {TALLY_COLUMNS}, last_vote_number, updated_at)
    SELECT competition_id, left_model_id, right_model_id, {each_outcome("%({name})s")}, vote.number, now()
    FROM battle, vote
    ON CONFLICT (competition_id, left_model_id, right_model_id) DO UPDATE SET
        {TALLY_ADDED}
    RETURNING 1
), held AS MATERIALIZED (
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


def _count(ballot: Ballot) -> KeptVote | None:
    """None for a vote that came too fast."""
    row = run_vote_statement(COUNT_ONCE, _parameters(ballot))
    if row is None:
        reason = reason_of(ballot)
        if reason == TOO_FAST:
            return None
        raise VoteRefused(reason)
    number, votes, competition_id = row
    transaction.on_commit(partial(announce_vote, competition_id))
    return KeptVote(number, votes)


def _parameters(ballot: Ballot) -> dict[str, Any]:
    return {
        "battle": ballot.battle,
        "digest": token_digest(ballot.token),
        "voter": ballot.voter_id,
        "outcome": ballot.outcome,
        "fastest": settings.FASTEST_VOTE_MS,
        **quota_parameters(ballot),
        **{outcome: int(outcome == ballot.outcome) for outcome in OUTCOMES},
    }
