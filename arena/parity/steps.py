"""What may happen to a parity battle beside its vote: undo, reveal, skip, report, and being called off."""

from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from arena.models import ParityBattle, ParityVote
from arena.parity.open_battle import insert_parity_battle
from arena.parity.recompute import schedule_parity
from arena.votes.outcome_sql import each_outcome
from arena.voting.ballot import StepRefused
from arena.voting.battle_steps import REPORTED, UNDO_MINUTES, WITHDRAWN
from arena.voting.open_battle import Matchup
from arena.voting.pair_caps import PAIRS_PER_VOTE, check_another_pair


def _lock(battle: UUID, voter_id: int | None) -> ParityBattle:
    """The battle, locked until the transaction ends, as its voter's."""
    held = ParityBattle.objects.select_for_update(no_key=True).filter(public_id=battle).first()
    if held is None:
        raise StepRefused("unknown_battle")
    if held.voter_id is None or held.voter_id != voter_id:
        raise StepRefused("wrong_voter")
    return held


def _vote_of(held: ParityBattle) -> ParityVote | None:
    # asked after the lock was got, so that a vote that came first is seen
    return ParityVote.objects.filter(battle=held).first()


def reveal_parity(battle: UUID, voter_id: int | None) -> None:
    """Allow the providers to be named; only after a vote, and from then on the vote stays."""
    with transaction.atomic():
        held = _lock(battle, voter_id)
        if held.void_reason:
            raise StepRefused("void")
        if _vote_of(held) is None:
            raise StepRefused("not_voted")
        if held.revealed_at is None:
            held.revealed_at = timezone.now()
            held.save(update_fields=["revealed_at"])


def void_parity(battle: UUID, voter_id: int | None, reason: str) -> None:
    """Call a battle off before its vote: nobody wins, nobody loses. Again is no error."""
    with transaction.atomic():
        _void(_lock(battle, voter_id), reason)


def pass_over_parity(battle: UUID, voter_id: int | None, reason: str) -> None:
    """Call a battle off because its voter says so. Raises StepRefused where no other pair could follow today."""
    with transaction.atomic():
        held = _lock(battle, voter_id)
        if not held.void_reason:
            check_another_pair(held.voter_id or 0)
        _void(held, reason)


def report_parity(battle: UUID, voter_id: int | None, reason: str) -> None:
    """Keep the voter's word for an operator, and call the battle off if it has no vote yet."""
    with transaction.atomic():
        held = _lock(battle, voter_id)
        if held.reported_at is None:
            held.report = "".join(filter(str.isprintable, reason))[:300]
            held.reported_at = timezone.now()
            held.save(update_fields=["report", "reported_at"])
        if _vote_of(held) is None:
            _void(held, REPORTED)


def _void(held: ParityBattle, reason: str) -> None:
    if _vote_of(held) is not None:
        raise StepRefused("already_voted")
    if not held.void_reason:
        held.void_reason = reason
        held.save(update_fields=["void_reason"])


def withdraw_parity(battle: UUID, voter_id: int | None) -> UUID | None:
    """Undo a vote before the reveal; gives a new battle of the same two pictures, None if one is gone.

    The day's quota stays used, so that voting and undoing has an end too.
    """
    with transaction.atomic():
        held = _lock(battle, voter_id)
        _check_undo(held, _vote_of(held))
        with connection.cursor() as cursor:
            cursor.execute(TAKE_BACK, {"battle": held.pk})
            if cursor.fetchone() is None:
                raise StepRefused("void")
        held.void_reason = WITHDRAWN
        held.save(update_fields=["void_reason"])
        transaction.on_commit(schedule_parity)
        again = Matchup(held.left_entry_id, held.right_entry_id, held.pair_probability or 1.0)
        try:
            return insert_parity_battle(again, held.voter_id or 0, held.network, PAIRS_PER_VOTE)
        except StepRefused:
            return None


def _check_undo(held: ParityBattle, vote: ParityVote | None) -> None:
    if vote is None:
        raise StepRefused("not_voted")
    if held.revealed_at is not None:
        raise StepRefused("revealed")
    if held.void_reason or not vote.is_counted:
        raise StepRefused("void")
    if vote.cast_at is None or (timezone.now() - vote.cast_at).total_seconds() > UNDO_MINUTES * 60:
        raise StepRefused("too_late")


# locks in the order of a vote's: battle (held by the caller), vote, tally, voter
TAKE_BACK: Final = f"""
WITH vote AS (
    UPDATE arena_parityvote SET is_counted = false, withdrawn_at = now()
    WHERE battle_id = %(battle)s AND is_counted RETURNING outcome
), tally AS (
    UPDATE arena_paritytally AS tally SET
        {each_outcome("{column} = tally.{column} - (vote.outcome = '{name}')::int")}, updated_at = now()
    FROM vote, arena_paritybattle AS battle
    WHERE battle.id = %(battle)s
      AND (tally.scene_id, tally.left_endpoint_id, tally.right_endpoint_id)
        = (battle.scene_id, battle.left_endpoint_id, battle.right_endpoint_id)
    RETURNING battle.voter_id
)
UPDATE arena_voter AS voter SET parity_votes = voter.parity_votes - 1 FROM tally
WHERE voter.id = tally.voter_id RETURNING 1
"""  # noqa: S608
