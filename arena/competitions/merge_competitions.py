"""Joins two competitions that are one: entries, battles, votes and tallies of the second move into the first.

No vote changes and none is lost. The second goes, with its board and its history; its addresses lead to the first.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from django.db import connection, transaction

from arena.boards.ensure_boards import ensure_boards
from arena.boards.recompute import recompute_boards
from arena.models import Competition, MergedCompetition, Schedule
from arena.votes.outcome_sql import TALLY_ADDED, TALLY_COLUMNS, each_counter
from arena.voting.draw_pools import invalidate_contests


class CannotMerge(ValueError):
    """The two are not one competition, or the one that goes still takes votes."""


def merge_competitions(kept_id: int, gone_id: int) -> Competition:
    """The first, with all of both. Raises CannotMerge, and then nothing has changed."""
    with transaction.atomic():
        rows = Competition.objects.select_for_update(no_key=True).order_by("id").in_bulk((kept_id, gone_id))
        if len(rows) != 2:
            raise CannotMerge("there must be two competitions")
        kept, gone = rows[kept_id], rows[gone_id]
        check_mergeable(kept, gone)
        with connection.cursor() as cursor:
            for statement in (*IMAGELESS, ENTRIES, BATTLES, TALLIES):
                cursor.execute(statement, {"kept": kept_id, "gone": gone_id})
        Schedule.objects.filter(competition=gone).update(competition=kept)
        gone.merged.update(kept=kept)
        MergedCompetition.objects.create(public_id=gone.public_id, kept=kept)
        gone.delete()
        transaction.on_commit(partial(_bring_up_to_date, kept_id))
    return kept


def check_mergeable(kept: Competition, gone: Competition) -> None:
    """The same question must have been asked: one mode, one prompt, one source picture."""
    if kept.mode != gone.mode:
        raise CannotMerge(f"mode: {gone.get_mode_display()} cannot be counted as {kept.get_mode_display()}")
    prompts = {" ".join(one.prompt.split()) for one in (kept, gone)} - {""}
    if len(prompts) > 1:
        raise CannotMerge("prompt: the two ask for different pictures")
    if kept.source_image_id != gone.source_image_id:
        raise CannotMerge("source picture: the two start from different ones")
    if (kept.is_demo, kept.is_imported) != (gone.is_demo, gone.is_imported):
        raise CannotMerge("origin: demo, imported and own competitions stay apart")
    # an open one could be given a new battle meanwhile
    if gone.status == "open":
        raise CannotMerge("status: close the competition that is merged into the other first")


def _bring_up_to_date(competition_id: int) -> None:
    invalidate_contests()
    recompute_boards(ensure_boards([competition_id]))


# a model has one entry without a picture in a competition: battles and counters of the second go to the first
TWINS: Final = """
    FROM arena_entry AS twin JOIN arena_entry AS stays ON stays.model_id = twin.model_id
        AND stays.competition_id = %(kept)s AND stays.image_id IS NULL
    WHERE twin.competition_id = %(gone)s AND twin.image_id IS NULL
"""
IMAGELESS: Final = (
    f"UPDATE arena_battle SET left_entry_id = stays.id {TWINS} AND arena_battle.left_entry_id = twin.id",  # noqa: S608
    f"UPDATE arena_battle SET right_entry_id = stays.id {TWINS} AND arena_battle.right_entry_id = twin.id",  # noqa: S608
    f"""UPDATE arena_entry SET {each_counter("{counter} = arena_entry.{counter} + twin.{counter}")}
        {TWINS} AND arena_entry.id = stays.id""",  # noqa: S608
    f"DELETE FROM arena_entry WHERE id IN (SELECT twin.id {TWINS})",  # noqa: S608
)
ENTRIES: Final = "UPDATE arena_entry SET competition_id = %(kept)s WHERE competition_id = %(gone)s"
# waits for every vote that is being counted; what comes later finds its battle in the first competition
BATTLES: Final = "UPDATE arena_battle SET competition_id = %(kept)s WHERE competition_id = %(gone)s"
TALLIES: Final = f"""
INSERT INTO arena_tally AS tally
    (competition_id, left_model_id, right_model_id, criterion, {TALLY_COLUMNS}, last_vote_number, updated_at)
SELECT %(kept)s, left_model_id, right_model_id, criterion, {TALLY_COLUMNS}, last_vote_number, now()
FROM arena_tally WHERE competition_id = %(gone)s ORDER BY left_model_id, right_model_id, criterion
ON CONFLICT (competition_id, left_model_id, right_model_id, criterion) DO UPDATE SET
    {TALLY_ADDED}
"""  # noqa: S608
