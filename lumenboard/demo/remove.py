"""Takes the demo world out again and leaves everything else as it is."""

from collections.abc import Iterable

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_boards
from arena.competitions.delete_competitions import delete_competitions
from arena.models import Board, Category, Competition, Snapshot, StoredImage
from lumenboard.demo.measuring import forget_samples
from providers.models import Creator, Endpoint, ImageModel, Provider
from providers.telemetry.roll_up import roll_up_changed


def remove_demo() -> dict[str, int]:
    """Counts of what was removed, by kind. Creators, providers and models stay where others have come to use them."""
    with transaction.atomic():
        removed = _remove_rows()
        Board.objects.filter(kind="mode").exclude(mode__in=Competition.objects.values("mode")).delete()
    boards = list(Board.objects.exclude(kind="competition").values_list("id", flat=True))
    roll_up_changed(timezone.now(), settings.SAMPLE_RETENTION_DAYS)
    recompute_boards(boards)
    complete_boards(boards)
    return removed


def _remove_rows() -> dict[str, int]:
    competitions = Competition.objects.filter(is_demo=True)
    pictures = set(competitions.values_list("entries__image", "source_image"))
    keys = list(competitions.values_list("id", flat=True))
    removed = {"competitions": len(keys)}
    delete_competitions(keys)
    Category.objects.filter(is_demo=True, competitions__isnull=True).delete()
    # what a wider board was with the demo's models is no history of anything
    Snapshot.objects.filter(standings__model__is_demo=True).delete()
    models = ImageModel.objects.filter(is_demo=True, entries__isnull=True)
    removed["models"] = models.count()
    forget_samples(Endpoint.objects.filter(model__in=models).values_list("id", flat=True))
    models.delete()
    Creator.objects.filter(is_demo=True, models__isnull=True).delete()
    Provider.objects.filter(is_demo=True, endpoints__isnull=True).delete()
    removed["pictures"] = _forget_pictures(key for pair in pictures for key in pair if key)
    return removed


def _forget_pictures(candidates: Iterable[int]) -> int:
    """Rows that nothing shows any more; their files go once that is certain."""
    used = Competition.objects.filter(source_image__isnull=False).values("source_image")
    unused = StoredImage.objects.filter(pk__in=set(candidates), entries__isnull=True).exclude(pk__in=used)
    names = [name for pair in unused.values_list("file", "thumbnail") for name in pair if name]
    count = unused.count()
    unused.delete()
    transaction.on_commit(lambda: _delete_files(names))
    return count


def _delete_files(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
