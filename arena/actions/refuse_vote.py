"""Why a ballot does not count, and the record of it: a refused vote is kept with its reason, at weight 0."""

from __future__ import annotations

from django.utils import timezone

from arena.ballot import Ballot
from arena.battle_token import token_digest
from arena.models import Battle, RefusedVote, Voter

TOO_FAST = "too_fast"


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


def keep_refusal(ballot: Ballot, reason: str) -> None:
    """Rows that are gone are left out, so that nothing can stop the record."""
    battle = Battle.objects.filter(public_id=ballot.battle).values_list("id", flat=True).first()
    voter = Voter.objects.filter(id=ballot.voter_id or 0).values_list("id", flat=True).first()
    outcome = "".join(filter(str.isprintable, ballot.outcome))[:20]
    RefusedVote.objects.create(battle_id=battle, voter_id=voter, network=ballot.network, outcome=outcome, reason=reason)
