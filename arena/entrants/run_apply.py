"""A worker's part of applying, and what beat does about uploads: those nobody works on, and those nobody wants."""

import time
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from arena.enqueue import enqueue
from arena.entrants.apply_upload import apply_step
from arena.entrants.read_upload import claim, delete_pieces, read_upload, release
from arena.models import EntrantUpload
from arena.models.uploads import WORKED_ON

__all__ = ["apply_upload", "read_upload", "resume_uploads", "sweep_uploads"]

AT_ONCE: Final = 25
SLICE_S: Final = 60.0
TASKS: Final = {"reading": "read_upload", "applying": "apply_upload"}
# how long an upload lies untouched before it goes, with the pictures that it alone holds
LIFETIMES: Final = {
    "receiving": timedelta(days=1),
    "reading": timedelta(days=3),
    "read": timedelta(days=7),
    "refused": timedelta(days=7),
    "undone": timedelta(days=7),
    "applied": timedelta(days=30),
}


def apply_upload(upload_id: int, *, slice_s: float = SLICE_S, at_once: int = AT_ONCE) -> str:
    """The status afterwards."""
    upload = claim(upload_id, "applying")
    if upload is None:
        return "applying"
    ends_at = time.monotonic() + slice_s
    while not apply_step(upload, at_once):
        if time.monotonic() > ends_at:
            release(upload_id)
            enqueue("apply_upload", upload_id)
            return "applying"
    return "applied"


def resume_uploads(now: datetime) -> int:
    """How many were sent to a worker: those whose worker fell silent, and those that reached none."""
    silent = Q(lease_until__lt=now) | Q(lease_until=None, touched_at__lt=now - timedelta(seconds=20))
    found = EntrantUpload.objects.filter(silent, status__in=WORKED_ON).values_list("pk", "status")
    for upload_id, status in found:
        enqueue(TASKS[status], upload_id)
    return len(found)


def sweep_uploads(now: datetime) -> int:
    """How many went. Entries stay; pictures that nothing else shows go with the next sweep of images."""
    old = Q()
    for status, age in LIFETIMES.items():
        old |= Q(status=status, touched_at__lt=now - age)
    ids = list(EntrantUpload.objects.filter(old).values_list("pk", flat=True))
    for upload_id in ids:
        delete_upload(upload_id)
    return len(ids)


def delete_upload(upload_id: int) -> None:
    """What came and what was read of it; never an entry."""
    delete_pieces(upload_id)
    EntrantUpload.objects.filter(pk=upload_id).exclude(status="applying").delete()
