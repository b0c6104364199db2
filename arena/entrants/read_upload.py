"""Reads the pictures of an upload: lists them once, then decodes each into our storage, in slices that any worker may
go on from. A slice holds few pictures in memory, whatever the upload's size."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from arena.enqueue import enqueue
from arena.entrants.apply_upload import apply_if_complete
from arena.entrants.archive import ArchiveRefused
from arena.entrants.fetch import FETCHED_AT_ONCE, Transport, fetch_each
from arena.entrants.lists import ListRefused
from arena.entrants.sources import Sources, Unreadable
from arena.entrants.unpack import unpack
from arena.images.handover import store_image
from arena.images.imaging import EncodedImage
from arena.images.intake.limits import AT_ONCE
from arena.images.intake.many import ManyPictures
from arena.images.intake.refusals import DecoderBroken, ImageRefused
from arena.models import EntrantUpload, UploadFile, UploadPicture
from providers.scratch import NoRoom, scratch

log = logging.getLogger(__name__)
LEASE: Final = timedelta(seconds=60)
SLICE_S: Final = 240.0
# decoded at once, and as many more whose bytes are at hand
IN_MEMORY: Final = 2 * AT_ONCE


def read_upload(upload_id: int, *, slice_s: float = SLICE_S, transport: Transport = None) -> str:
    """The status afterwards; `reading` where there is more to do or another worker does it."""
    upload = claim(upload_id, "reading")
    if upload is None:
        return _status(upload_id)
    try:
        with scratch() as place, Sources(place) as sources:
            if not upload.is_unpacked:
                unpack(upload, sources)
            is_over = _read_slice(upload, sources, time.monotonic() + slice_s, transport)
    except (ArchiveRefused, ListRefused) as refused:
        return end_refused(upload.pk, str(refused))
    except (FileNotFoundError, NoRoom) as error:
        # its files lie with another worker, or the disk is full: beat sends it again
        log.warning("upload %s is left for later: %s", upload.public_id, error)
        return "reading"
    if not is_over:
        release(upload_id)
        enqueue("read_upload", upload_id)
        return "reading"
    return _end(upload_id)


def claim(upload_id: int, status: str) -> EntrantUpload | None:
    """The upload, if it has that status and no other worker has it."""
    now = timezone.now()
    free = EntrantUpload.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=upload_id, status=status)
    if not free.update(lease_until=now + LEASE, touched_at=now):
        return None
    return EntrantUpload.objects.get(pk=upload_id)


def release(upload_id: int) -> None:
    EntrantUpload.objects.filter(pk=upload_id).update(lease_until=None)


def end_refused(upload_id: int, problem: str) -> str:
    """Nothing of it is taken, and its files go."""
    ended = EntrantUpload.objects.filter(pk=upload_id, status__in=("receiving", "reading", "read"))
    ended.update(
        status="refused", problem=problem, lease_until=None, touched_at=timezone.now(), finished_at=timezone.now()
    )
    delete_pieces(upload_id)
    return _status(upload_id)


def delete_pieces(upload_id: int) -> None:
    """The files as they came; their pictures stay in storage as long as rows name them."""
    for file in UploadFile.objects.filter(upload=upload_id, pieces__gt=0):
        for number in range(file.pieces):
            with suppress(FileNotFoundError):
                default_storage.delete(file.piece_name(number))
    UploadFile.objects.filter(upload=upload_id).update(pieces=0)


def _status(upload_id: int) -> str:
    return EntrantUpload.objects.filter(pk=upload_id).values_list("status", flat=True).first() or "gone"


def _read_slice(upload: EntrantUpload, sources: Sources, ends_at: float, transport: Transport) -> bool:
    """Whether nothing waits any more."""
    waiting = UploadPicture.objects.filter(upload=upload, is_waiting=True).select_related("file").order_by("place")
    with Decoders() as decoders:
        for picture, content in _contents(waiting.iterator(200), sources, transport):
            if isinstance(content, str):
                keep_problem(picture, content)
            else:
                decoders.add(picture, content)
            if time.monotonic() > ends_at or not _goes_on(upload.pk):
                break
    return not waiting.exists()


def _goes_on(upload_id: int) -> bool:
    """False where it was deleted or refused meanwhile."""
    now = timezone.now()
    return bool(EntrantUpload.objects.filter(pk=upload_id, status="reading").update(lease_until=now + LEASE))


def _contents(
    pictures: Iterator[UploadPicture], sources: Sources, transport: Transport
) -> Iterator[tuple[UploadPicture, bytes | str]]:
    """Each with its bytes, or why there are none."""
    behind: list[UploadPicture] = []
    for picture in pictures:
        if picture.url:
            behind.append(picture)
            if len(behind) == FETCHED_AT_ONCE:
                yield from fetch_each(behind, transport)
                behind = []
            continue
        try:
            yield picture, sources.content(picture)
        except Unreadable as problem:
            yield picture, str(problem)
    yield from fetch_each(behind, transport)


class Decoders:
    """Decodes a few at once, each thread by its own nursery; results are stored by the thread that adds."""

    def __init__(self) -> None:
        self._many = [ManyPictures() for _ in range(AT_ONCE)]
        self._free = list(self._many)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="decoder")
        self._under_way: dict[Future[EncodedImage], UploadPicture] = {}

    def __enter__(self) -> "Decoders":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._store_until(0)
        finally:
            self._pool.shutdown(cancel_futures=True)
            for one in self._many:
                one.close()

    def add(self, picture: UploadPicture, content: bytes) -> None:
        """Waits until there is room."""
        self._store_until(IN_MEMORY - 1)
        self._under_way[self._pool.submit(self._decode, content)] = picture

    def _decode(self, content: bytes) -> EncodedImage:
        many = self._free.pop()
        try:
            return many.take_in(content, settings.MAX_UPLOAD_BYTES)
        finally:
            self._free.append(many)

    def _store_until(self, most: int) -> None:
        while len(self._under_way) > most:
            for future in wait(self._under_way, return_when=FIRST_COMPLETED).done:
                picture = self._under_way.pop(future)
                try:
                    keep_image(picture, future.result())
                except ImageRefused as refused:
                    keep_problem(picture, str(refused))
                except DecoderBroken:
                    log.exception("a picture of upload %s could not be looked at", picture.upload_id)
                    keep_problem(picture, "The image could not be looked at; the log of the worker says why.")


@transaction.atomic
def keep_image(picture: UploadPicture, encoded: EncodedImage) -> None:
    """Once, however often it was decoded."""
    waiting = UploadPicture.objects.filter(pk=picture.pk, is_waiting=True)
    if waiting.update(image=store_image(encoded), is_waiting=False):
        _count(picture.upload_id)


@transaction.atomic
def keep_problem(picture: UploadPicture, problem: str) -> None:
    waiting = UploadPicture.objects.filter(pk=picture.pk, is_waiting=True)
    if waiting.update(problem=problem, is_waiting=False):
        _count(picture.upload_id)


def _count(upload_id: int) -> None:
    now = timezone.now()
    EntrantUpload.objects.filter(pk=upload_id).update(done=F("done") + 1, lease_until=now + LEASE, touched_at=now)


def _end(upload_id: int) -> str:
    delete_pieces(upload_id)
    ended = EntrantUpload.objects.filter(pk=upload_id, status="reading")
    if ended.update(status="read", lease_until=None, touched_at=timezone.now()):
        apply_if_complete(upload_id)
    return _status(upload_id)
