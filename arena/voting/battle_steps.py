"""What may happen to a battle beside its vote: undo, reveal, skip, report, and being called off."""

from functools import partial
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from arena.boards.recompute import schedule_recompute
from arena.models import Battle, PairReport, Vote
from arena.rating.criteria import OVERALL
from arena.votes.outcome_sql import IS_OVERALL, counters_changed, each_outcome
from arena.voting.ballot import StepRefused
from arena.voting.open_battle import Matchup, insert_battle
from arena.voting.pair_caps import PAIRS_PER_VOTE, check_another_pair

UNDO_MINUTES: Final = 10
SKIPPED, REPORTED, IMAGE_FAILED, WITHDRAWN = "skipped", "reported", "image_failed", "withdrawn"


def _lock(battle: UUID, voter_id: int | None) -> Battle:
    """The battle, locked until the transaction ends, as its voter's."""
    held = Battle.objects.select_for_update(no_key=True).filter(public_id=battle).first()
    if held is None:
        raise StepRefused("unknown_battle")
    if held.voter_id is None or held.voter_id != voter_id:
        raise StepRefused("wrong_voter")
    return held


def _vote_of(held: Battle) -> Vote | None:
    # asked after the lock was got, so that a vote that came first is seen
    return Vote.objects.filter(battle=held, criterion=OVERALL).first()


def reveal_battle(battle: UUID, voter_id: int | None) -> None:
    """Allow the models to be named; only after a vote, and from then on the vote stays."""
    with transaction.atomic():
        held = _lock(battle, voter_id)
        if held.void_reason:
            raise StepRefused("void")
        if _vote_of(held) is None:
            raise StepRefused("not_voted")
        if held.revealed_at is None:
            held.revealed_at = timezone.now()
            held.save(update_fields=["revealed_at"])


def void_battle(battle: UUID, voter_id: int | None, reason: str) -> None:
    """Call a battle off before its vote: nobody wins, nobody loses. Again is no error."""
    with transaction.atomic():
        _void(_lock(battle, voter_id), reason)


def pass_over(battle: UUID, voter_id: int | None, reason: str) -> None:
    """Call a battle off because its voter says so. Raises StepRefused where no other pair could follow today."""
    with transaction.atomic():
        held = _lock(battle, voter_id)
        if not held.void_reason:
            check_another_pair(held.voter_id or 0)
        _void(held, reason)


def report_pair(battle: UUID, voter_id: int | None, reason: str) -> None:
    """Keep the voter's word for an operator, and call the battle off if it has no vote yet."""
    with transaction.atomic():
        held = _lock(battle, voter_id)
        printable = "".join(filter(str.isprintable, reason))[:300]
        PairReport.objects.get_or_create(battle=held, defaults={"voter_id": voter_id, "reason": printable})
        if _vote_of(held) is None:
            _void(held, REPORTED)


def _void(held: Battle, reason: str) -> None:
    if _vote_of(held) is not None:
        raise StepRefused("already_voted")
    if not held.void_reason:
        held.void_reason = reason
        held.save(update_fields=["void_reason"])


def withdraw_vote(battle: UUID, voter_id: int | None) -> UUID | None:
    """Undo a vote before the reveal; gives a new battle of the same two pictures, None if one is gone.

    What was said of the battle by other criteria is taken back with it, and what the vote earned of pairs. The day's
    quota stays used, so that voting and undoing has an end too.
    """
    with transaction.atomic():
        held = _lock(battle, voter_id)
        vote = _vote_of(held)
        _check_undo(held, vote)
        with connection.cursor() as cursor:
            cursor.execute(TAKE_BACK, {"battle": held.id})
            taken = cursor.fetchone()
        if taken is None:
            raise StepRefused("void")
        held.void_reason = WITHDRAWN
        held.save(update_fields=["void_reason"])
        transaction.on_commit(partial(schedule_recompute, held.competition_id))
        again = Matchup(held.left_entry_id, held.right_entry_id, held.pair_probability or 1.0)
        try:
            return insert_battle(again, held.voter_id or 0, held.network, PAIRS_PER_VOTE)
        except StepRefused:
            return None


def _check_undo(held: Battle, vote: Vote | None) -> None:
    if vote is None:
        raise StepRefused("not_voted")
    if held.revealed_at is not None:
        raise StepRefused("revealed")
    if held.void_reason or not vote.is_counted:
        raise StepRefused("void")
    if vote.cast_at is None or (timezone.now() - vote.cast_at).total_seconds() > UNDO_MINUTES * 60:
        raise StepRefused("too_late")


# the locks come in the order of a vote's: battle (held by the caller), votes, tallies, entries, each by id, voter;
# votes that were set aside are taken back too, or whoever restores them would count them
TAKE_BACK: Final = f"""
WITH said AS MATERIALIZED (
    SELECT number, criterion, outcome, is_counted FROM arena_vote
    WHERE battle_id = %(battle)s AND withdrawn_at IS NULL ORDER BY number FOR UPDATE
), vote AS (
    UPDATE arena_vote AS vote SET is_counted = false, withdrawn_at = now()
    FROM said WHERE vote.number = said.number
), taken AS (
    SELECT criterion, {each_outcome("(outcome = '{name}')::int AS {column}")}, battle.*
    FROM said, arena_battle AS battle WHERE battle.id = %(battle)s AND is_counted
), tallied AS MATERIALIZED (
    SELECT tally.id, {each_outcome("taken.{column}")}
    FROM arena_tally AS tally JOIN taken USING (competition_id, left_model_id, right_model_id, criterion)
    ORDER BY tally.id FOR NO KEY UPDATE OF tally
), tally AS (
    UPDATE arena_tally AS tally SET
        {each_outcome("{column} = tally.{column} - tallied.{column}")}, updated_at = now()
    FROM tallied WHERE tally.id = tallied.id RETURNING tally.criterion
), count AS (
    SELECT * FROM taken WHERE {IS_OVERALL}
), held AS MATERIALIZED (
    SELECT entry.id, entry.id = count.left_entry_id AS is_left, {each_outcome("count.{column}")}
    FROM arena_entry AS entry JOIN count ON entry.id IN (count.left_entry_id, count.right_entry_id)
    WHERE EXISTS (SELECT 1 FROM tally WHERE {IS_OVERALL}) ORDER BY entry.id FOR NO KEY UPDATE OF entry
), entries AS (
    UPDATE arena_entry AS entry SET {counters_changed("-", "held.{column}")}
    FROM held WHERE entry.id = held.id RETURNING 1
), voter AS (
    UPDATE arena_voter AS voter SET votes = voter.votes - 1 FROM count
    WHERE voter.id = count.voter_id AND (SELECT count(*) FROM entries) = 2 RETURNING 1
)
SELECT 1 FROM voter
"""  # noqa: S608
