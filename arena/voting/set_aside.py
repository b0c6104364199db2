"""Keeps a vote in the log at weight 0: cast too fast to have been looked at, and answered as if nothing were wrong.

It lies under an exclusion of the day that an operator can restore. Whoever is fast for a good reason loses nothing
for ever, and a script does not learn from an error where the limit lies.
"""

from __future__ import annotations

from typing import Any, Final

from arena.models.visibility import PUBLIC_BATTLE_SQL
from arena.voting.ballot import Ballot, KeptVote
from arena.voting.battle_token import token_digest
from arena.voting.daily_caps import quota_parameters, quotas_after
from arena.voting.refusals import VoteRefused
from arena.voting.refuse_vote import TOO_FAST, reason_of
from arena.voting.vote_statement import run_vote_statement

REASON: Final = "Cast faster than anyone can look at two pictures; set aside by the site."

# locks come in the order of a counted vote's: battle, vote, quotas; the exclusion is the last
SET_ASIDE: Final = f"""
WITH battle AS MATERIALIZED (
    SELECT id, voter_id FROM arena_battle
    WHERE public_id = %(battle)s AND token_digest = %(digest)s AND voter_id = %(voter)s
      AND void_reason = '' AND expires_at > now()
      AND {PUBLIC_BATTLE_SQL}
    FOR NO KEY UPDATE
), exclusion AS (
    INSERT INTO arena_voteexclusion AS kept (gate, day, reason, votes, created_at)
    SELECT %(gate)s, (now() AT TIME ZONE 'UTC')::date, %(reason)s, 1, now() FROM battle
    ON CONFLICT (gate, day) WHERE restored_at IS NULL AND NOT gate = '' DO UPDATE SET votes = kept.votes + 1
    RETURNING id
), vote AS (
    INSERT INTO arena_vote (battle_id, outcome, cast_at, is_counted, exclusion_id)
    SELECT battle.id, %(outcome)s, now(), false, exclusion.id FROM battle, exclusion
    ON CONFLICT (battle_id) DO NOTHING RETURNING number
), {quotas_after("vote")}
SELECT vote.number, voter.votes
FROM vote, battle JOIN arena_voter AS voter ON voter.id = battle.voter_id
"""  # noqa: S608


def set_aside(ballot: Ballot) -> KeptVote:
    """Keep the vote uncounted; it uses up its voter's and network's day like any other.

    Raises VoteRefused, and then nothing is kept here, where the battle takes no vote or a cap is reached.
    """
    row = run_vote_statement(SET_ASIDE, _parameters(ballot))
    if row is None:
        reason = reason_of(ballot)
        # the battle waits still: its vote came and went between the two looks
        raise VoteRefused("void" if reason == TOO_FAST else reason)
    number, votes = row
    return KeptVote(number, votes, is_counted=False)


def _parameters(ballot: Ballot) -> dict[str, Any]:
    return {
        "battle": ballot.battle,
        "digest": token_digest(ballot.token),
        "voter": ballot.voter_id,
        "outcome": ballot.outcome,
        "gate": TOO_FAST,
        "reason": REASON,
        **quota_parameters(ballot),
    }
