"""An upload begun, and its files taken piece by piece into our storage, each piece once and in order."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from arena.enqueue import enqueue_on_commit
from arena.entrants.archive import path_problem
from arena.entrants.lists import TypedPrompt
from arena.models import Competition, EntrantUpload, UploadFile
from providers.disk_space import storage_shortage

PIECE_BYTES: Final = 8 << 20
OPEN_AT_ONCE: Final = 50


class NotReceived(Exception):
    """A file or a piece is not taken; the message says which and why. `at` is where the file goes on."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Piece:
    """Bytes of a file from `at` on; `name` is its path as the sender has it."""

    name: str
    size_bytes: int
    at: int
    content: bytes


def start_upload(
    mode: str,
    *,
    competition: Competition | None = None,
    prompts: tuple[TypedPrompt, ...] = (),
    is_live: bool = False,
    **who: Any,
) -> EntrantUpload:
    """Empty as yet; `who` is an `actor` or a `key`. Raises NotReceived where too many are open."""
    open_ones = EntrantUpload.objects.filter(
        status__in=("receiving", "reading"), touched_at__gt=timezone.now() - timedelta(days=1)
    )
    if open_ones.count() >= OPEN_AT_ONCE:
        raise NotReceived(f"{OPEN_AT_ONCE} uploads are under way; finish or delete one first.")
    return EntrantUpload.objects.create(
        mode=competition.mode if competition else mode,
        competition=competition,
        prompts=[asdict(one) for one in prompts],
        is_live=is_live,
        **who,
    )


def receive_piece(upload_id: int, piece: Piece) -> int:
    """How many bytes of the file are there now. A piece that is there already changes nothing. Raises NotReceived."""
    name = piece.name.replace("\\", "/").lstrip("/")
    _check(name, piece)
    with transaction.atomic():
        upload = EntrantUpload.objects.select_for_update().get(pk=upload_id)
        if upload.status != "receiving":
            raise NotReceived("The upload takes no more files.")
        file, is_new = UploadFile.objects.get_or_create(
            upload=upload, name=name, defaults={"size_bytes": piece.size_bytes}
        )
        if not is_new and (file.size_bytes != piece.size_bytes or (piece.at == 0 and file.received_bytes)):
            raise NotReceived(f"{name}: a file of that name is there already.", file.received_bytes)
        if piece.at != file.received_bytes or piece.at + len(piece.content) > file.size_bytes:
            raise NotReceived(f"{name}: it goes on at byte {file.received_bytes:,}.", file.received_bytes)
        if is_new and upload.files.count() > settings.MAX_BULK_PICTURES:
            raise NotReceived(f"More than {settings.MAX_BULK_PICTURES:,} files in one upload.")
        if upload.received_bytes + len(piece.content) > settings.MAX_BULK_BYTES:
            raise NotReceived(f"The upload is larger than {settings.MAX_BULK_BYTES >> 20:,} MB.")
        if shortage := storage_shortage():
            raise NotReceived(f"There is no room for more: {shortage}.")
        default_storage.save(file.piece_name(file.pieces), ContentFile(piece.content))
        file.pieces += 1
        file.received_bytes += len(piece.content)
        file.save(update_fields=["pieces", "received_bytes"])
        upload.received_bytes += len(piece.content)
        upload.save(update_fields=["received_bytes", "touched_at"])
    return file.received_bytes


def receive_file(upload_id: int, name: str, content: Any, size_bytes: int) -> None:
    """All of it, from an open file. Raises NotReceived."""
    at = 0
    while at < size_bytes or at == 0:
        part = content.read(PIECE_BYTES)
        if not part and at:
            raise NotReceived(f"{name}: it is cut off.")
        at = receive_piece(upload_id, Piece(name, size_bytes, at, part))
        if not size_bytes:
            return


def begin_reading(upload_id: int) -> None:
    """A worker looks at what came. Raises NotReceived where something is missing."""
    with transaction.atomic():
        upload = EntrantUpload.objects.select_for_update().get(pk=upload_id)
        if upload.status != "receiving":
            return
        cut = next((file for file in upload.files.all() if file.received_bytes < file.size_bytes), None)
        if cut is not None:
            raise NotReceived(f"{cut.name}: {cut.received_bytes:,} of {cut.size_bytes:,} bytes came; send the rest.")
        if not upload.prompts and not upload.pictures.exists() and not upload.files.exists():
            raise NotReceived("There is nothing to read: add files, or type prompts.")
        upload.status = "reading"
        upload.save(update_fields=["status", "touched_at"])
        enqueue_on_commit("read_upload", [upload.pk])


def _check(name: str, piece: Piece) -> None:
    if not name or path_problem(name):
        raise NotReceived(f"“{name[:120]}” {path_problem(name) or 'has no name'}.")
    if len(piece.content) > PIECE_BYTES:
        raise NotReceived(f"{name}: a piece has at most {PIECE_BYTES:,} bytes.")
    if piece.size_bytes > settings.MAX_BULK_BYTES:
        raise NotReceived(f"{name} is larger than {settings.MAX_BULK_BYTES >> 20:,} MB.")
