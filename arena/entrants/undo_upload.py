"""Takes an applied upload back as a whole: its entries, and the competitions and models it made where nothing else
rests on them. Once people have voted on one of its pictures it stays."""

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignObjectRel, Q, QuerySet
from django.utils import timezone

from arena.boards.ensure_boards import lock_boards
from arena.models import Battle, Competition, EntrantUpload, Entry, PairReport, Schedule, Vote
from arena.voting.draw_pools import invalidate_contests
from arena.voting.image_padding import invalidate_frames
from providers.models import ImageModel, SlugClaim

# votes under way are waited for, then no new pair can be drawn; tables that point at a battle: arena_vote and
# arena_pairreport keep the upload, arena_refusedvote keeps its row. An entry's: arena_uploadpicture, arena_generation.
LOCKS: Final = (
    "SELECT FROM arena_battle WHERE left_entry_id = ANY(%(ids)s) OR right_entry_id = ANY(%(ids)s)"
    " ORDER BY id FOR UPDATE",
    "SELECT FROM arena_entry WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE",
)
REFUSED: Final = "UPDATE arena_refusedvote SET battle_id = NULL WHERE battle_id = ANY(%(battles)s)"
BATTLES: Final = "DELETE FROM arena_battle WHERE id = ANY(%(battles)s)"


class CannotUndo(Exception):
    """The upload stays; the message says why."""


@dataclass(frozen=True)
class Undone:
    """How many went, and of what it made how many stay because something else rests on them."""

    entries: int
    competitions: int
    models: int
    stayed: int


def undo_upload(upload_id: int) -> Undone:
    """Raises CannotUndo, and then nothing has changed."""
    try:
        return _undo(upload_id)
    except IntegrityError:
        # what came to rest on it between our look and the end of the transaction
        raise CannotUndo("Something was just added to what it made; try again.") from None


@transaction.atomic
def _undo(upload_id: int) -> Undone:
    upload = EntrantUpload.objects.select_for_update().get(pk=upload_id)
    if upload.status != "applied":
        raise CannotUndo("There is nothing to undo.")
    ids = list(upload.pictures.exclude(entry=None).values_list("entry_id", flat=True))
    with connection.cursor() as cursor:
        for statement in LOCKS:
            cursor.execute(statement, {"ids": ids})
        battles = list(_battles(ids).values_list("pk", flat=True))
        if votes := _votes(battles):
            raise CannotUndo(f"People have voted on its pictures ({votes:,} times). Retire entries instead.")
        cursor.execute(REFUSED, {"battles": battles})
        cursor.execute(BATTLES, {"battles": battles})
    _gone, _ = Entry.objects.filter(pk__in=ids).delete()
    competitions = _take_back_competitions(upload)
    models = _take_back_models(upload)
    made = len(upload.made.get("competitions", {})) + len(_made_models(upload))
    upload.status, upload.touched_at, upload.finished_at = "undone", timezone.now(), timezone.now()
    upload.save()
    transaction.on_commit(_drawn_anew)
    return Undone(len(ids), competitions, models, made - competitions - models)


def _drawn_anew() -> None:
    invalidate_contests()
    invalidate_frames()


def _battles(entry_ids: list[int]) -> QuerySet[Battle]:
    return Battle.objects.filter(Q(left_entry__in=entry_ids) | Q(right_entry__in=entry_ids))


def _votes(battles: list[int]) -> int:
    """Votes, set aside or not, and reports of a pair."""
    return Vote.objects.filter(battle__in=battles).count() + PairReport.objects.filter(battle__in=battles).count()


def _take_back_competitions(upload: EntrantUpload) -> int:
    gone, made = 0, list(upload.made.get("competitions", {}).values())
    lock_boards(Q(competition__in=made))
    for competition in Competition.objects.filter(pk__in=made):
        rests = (
            competition.entries.exists()
            or Schedule.objects.filter(competition=competition).exists()
            or Battle.objects.filter(competition=competition).exists()
        )
        if not rests:
            competition.delete()
            gone += 1
    return gone


def _made_models(upload: EntrantUpload) -> list[int]:
    return [pk for pk, is_ours in upload.made.get("models", {}).values() if is_ours]


def _take_back_models(upload: EntrantUpload) -> int:
    gone = 0
    for model in ImageModel.objects.filter(pk__in=_made_models(upload)):
        if not _rests_on(model):
            model.delete()
            gone += 1
    return gone


def _rests_on(model: ImageModel) -> bool:
    """Whether a row of any table but that of its own slug points at it."""
    for relation in ImageModel._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.related_model is not SlugClaim:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: model})
            if rows.exists():
                return True
    return False
