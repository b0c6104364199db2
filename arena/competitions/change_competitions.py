"""Changes of whole competitions: their status, their end, and joining two that are one.

Of two that are joined no vote changes and none is lost: all of the second move into the first. The second goes, with
its board and its history; its addresses lead to the first.
"""

from collections.abc import Collection
from functools import partial
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from arena.boards.ensure_boards import ensure_boards, lock_boards
from arena.boards.recompute import recompute_boards
from arena.models import Category, Competition, Entry, Generation, MergedCompetition, ParityScene, Schedule
from arena.votes.outcome_sql import TALLY_ADDED, TALLY_COLUMNS, each_counter
from arena.voting.draw_pools import invalidate_contests
from providers.dispatch.release_reserved import release_unsent
from providers.models import BudgetCap


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
        ParityScene.objects.filter(competition=gone).update(competition=kept)
        Schedule.objects.filter(competition=gone).update(competition=kept)
        gone.merged.update(kept=kept)
        MergedCompetition.objects.create(public_id=gone.public_id, kept=kept)
        lock_boards(Q(competition=gone))
        gone.delete()
        transaction.on_commit(partial(_bring_up_to_date, kept_id))
    return kept


def check_mergeable(kept: Competition, gone: Competition) -> None:
    """The same question must have been asked: one mode, one prompt, one source picture."""
    if kept.mode != gone.mode:
        raise CannotMerge(f"mode: {gone.get_mode_display()} cannot be counted as {kept.get_mode_display()}")
    if kept.study_id != gone.study_id:
        raise CannotMerge("study: the two do not belong to the same one")
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


# a model has one entry without a picture in a competition: battles and counters of the second go to the first; to one
# without a picture no row of arena_uploadpicture points
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


OF_THESE_SCENES: Final = """arena_paritybattle AS battle JOIN arena_parityscene AS scene ON scene.id = battle.scene_id
    WHERE scene.competition_id = ANY(%s)"""
PARITY: Final = (
    f"SELECT count(*) FROM (SELECT FROM {OF_THESE_SCENES} FOR UPDATE OF battle) AS locked",  # noqa: S608
    f"DELETE FROM arena_parityvote WHERE battle_id IN (SELECT battle.id FROM {OF_THESE_SCENES})",  # noqa: S608
    f"UPDATE arena_refusedparityvote SET battle_id = NULL WHERE battle_id IN (SELECT battle.id FROM {OF_THESE_SCENES})",  # noqa: S608
    f"DELETE FROM arena_paritybattle WHERE id IN (SELECT battle.id FROM {OF_THESE_SCENES})",  # noqa: S608
)
# by statement: a competition may hold more votes than fit in memory; every table that points at a battle has its line
OF_THESE: Final = "arena_battle WHERE arena_battle.id = battle_id AND arena_battle.competition_id = ANY(%s)"
VOTES_AND_BATTLES: Final = (
    # votes under way are waited for, and in the order in which they lock: no new one comes in between
    "SELECT count(*) FROM (SELECT FROM arena_battle WHERE competition_id = ANY(%s) FOR UPDATE) AS locked",
    "SELECT FROM arena_competition WHERE id = ANY(%s) FOR UPDATE",
    f"DELETE FROM arena_vote USING {OF_THESE}",  # noqa: S608
    f"DELETE FROM arena_pairreport USING {OF_THESE}",  # noqa: S608
    f"UPDATE arena_refusedvote SET battle_id = NULL FROM {OF_THESE}",  # noqa: S608
    "DELETE FROM arena_battle WHERE competition_id = ANY(%s)",
    *PARITY,
)


# in the order in which runs lock: from then on there is no new run, and no new picture of an old one
SCHEDULES: Final = (
    "SELECT FROM arena_schedule WHERE competition_id = ANY(%s) ORDER BY id FOR UPDATE",
    "SELECT FROM arena_run r JOIN arena_schedule s ON s.id = r.schedule_id"
    " WHERE s.competition_id = ANY(%s) ORDER BY r.id FOR UPDATE OF r",
    "SELECT FROM arena_generation g JOIN arena_run r ON r.id = g.run_id JOIN arena_schedule s ON s.id = r.schedule_id"
    " WHERE s.competition_id = ANY(%s) ORDER BY g.id FOR UPDATE OF g",
)


def delete_competitions(competition_ids: Collection[int]) -> None:
    """Categories and modes they counted for are computed again at the next look for changed boards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in (*SCHEDULES, *VOTES_AND_BATTLES):
                cursor.execute(statement, [list(competition_ids)])
        _end_schedules(competition_ids)
        lock_boards(Q(competition__in=competition_ids))
        Competition.objects.filter(id__in=competition_ids).delete()


def delete_categories(category_ids: Collection[int]) -> None:
    """Their boards go, their competitions stay."""
    with transaction.atomic():
        lock_boards(Q(category__in=category_ids))
        Category.objects.filter(id__in=category_ids).delete()


def _end_schedules(competition_ids: Collection[int]) -> None:
    """Their budgets go with them."""
    waiting = Generation.objects.filter(run__schedule__competition__in=competition_ids, status="waiting")
    # the ledger has connections of its own: nothing is given back for a deletion that is not committed
    transaction.on_commit(partial(release_unsent, list(waiting.values_list("intent_uuid", flat=True))))
    subjects = [one.budget_subject for one in Schedule.objects.filter(competition__in=competition_ids)]
    BudgetCap.objects.filter(scope="schedule", subject__in=subjects).delete()


def open_competitions(competition_ids: Collection[int]) -> int:
    """Let people vote; how many were not open before."""
    return Competition.objects.filter(id__in=competition_ids).exclude(status="open").update(status="open")


def close_competitions(competition_ids: Collection[int]) -> int:
    """End voting and keep what was voted; how many were not closed before."""
    return Competition.objects.filter(id__in=competition_ids).exclude(status="closed").update(status="closed")


def show_entries(entry_ids: Collection[int]) -> int:
    """Let entries be drawn; those without an image stay as they are. How many changed."""
    shown = Entry.objects.filter(id__in=entry_ids, image__isnull=False)
    return shown.exclude(status="live").update(status="live")


def retire_entries(entry_ids: Collection[int]) -> int:
    """Draw them no more and keep their record; how many changed."""
    return Entry.objects.filter(id__in=entry_ids).exclude(status="retired").update(status="retired")
