"""Takes away images that nothing shows and files that no row names, once they are old enough to be nobody's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q, QuerySet
from django.utils import timezone

from arena.images.handover import FOLDER, try_lock_for_sweeping
from arena.models import StoredImage
from providers.models import Intent

T = TypeVar("T")
OLD_ENOUGH: Final = timedelta(hours=1)
AT_ONCE: Final = 100


class ImagesBusy(Exception):
    """An image is being stored, so nothing can be taken away at this moment."""


@dataclass(frozen=True)
class Sweep:
    """The hashes of images that nothing showed, and the names of files that no row named."""

    images: tuple[str, ...]
    files: tuple[str, ...]


def sweep_images(*, dry_run: bool = False) -> Sweep:
    """What was taken away, or with `dry_run` what would be.

    Raises ImagesBusy while images are stored; what was taken until then stays away, and another run does the rest.
    """
    before = timezone.now() - OLD_ENOUGH
    unused = list(unused_images(before).order_by("id").values_list("pk", "sha256"))
    orphans = list(orphan_files(before))
    if not dry_run:
        for batch in _batches([key for key, _ in unused]):
            _delete_unused(batch, before)
        for names in _batches(orphans):
            _delete_orphans(names, before)
    return Sweep(tuple(sha256 for _, sha256 in unused), tuple(orphans))


def unused_images(before: datetime) -> QuerySet[StoredImage]:
    """Rows older than `before` that no row of any table points at."""
    unused = StoredImage.objects.filter(created_at__lt=before)
    for relation in StoredImage._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel):
            users = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            unused = unused.filter(~Exists(users))
    return unused


def orphan_files(before: datetime) -> Iterator[str]:
    """Names of stored files older than `before` that no row names, parts of interrupted writes among them."""
    for folder in _folders():
        names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
        for batch in _batches(sorted(names)):
            yield from (name for name in _unnamed(batch) if _is_old(name, before))


def _folders() -> list[str]:
    try:
        inner, _ = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return []
    return [FOLDER, *(f"{FOLDER}/{name}" for name in sorted(inner))]


def _unnamed(names: list[str]) -> list[str]:
    rows = StoredImage.objects.filter(Q(file__in=names) | Q(thumbnail__in=names))
    named = {name for pair in rows.values_list("file", "thumbnail") for name in pair}
    return [name for name in names if name not in named]


def _is_old(name: str, before: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < before
    except FileNotFoundError:
        return False


def _delete_unused(keys: list[int], before: datetime) -> None:
    with transaction.atomic():
        _claim()
        gone = unused_images(before).filter(pk__in=keys)
        names = [name for pair in gone.values_list("file", "thumbnail") for name in pair if name]
        gone.delete()
        # Under the lock, or the same picture could be stored in between. A crash before the commit leaves rows
        # without files that nothing shows; the next run takes them.
        _delete(names)


def _delete_orphans(names: list[str], before: datetime) -> None:
    with transaction.atomic():
        _claim()
        _delete([name for name in _unnamed(names) if _is_old(name, before)])


def _claim() -> None:
    if not try_lock_for_sweeping():
        raise ImagesBusy("an image is being stored right now")


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _batches(items: list[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


ORIGINALS_KEPT: Final = timedelta(days=1)
# Far enough for a few nights on which nothing ran.
LOOKED_BACK: Final = timedelta(days=8)


def sweep_originals(now: datetime) -> int:
    """How many files went; the rows keep their hashes. What is not an entry yet stays, and so does a younger twin."""
    ended = Intent.objects.filter(
        source__in=("scheduled", "probe"),
        state="done",
        finished_at__gt=now - LOOKED_BACK,
        finished_at__lte=now - ORIGINALS_KEPT,
    ).exclude(generation__status="waiting")
    names = {picture["name"] for results in ended.values_list("results", flat=True) for picture in results}
    return sum(_delete_original(name, now - ORIGINALS_KEPT) for name in sorted(names))


def _delete_original(name: str, youngest: datetime) -> bool:
    try:
        if default_storage.get_modified_time(name) > youngest:
            return False
    except FileNotFoundError:
        return False
    default_storage.delete(name)
    return True
