"""Takes away providers' own files once our encoding of them is an entry; those of probes, which nobody keeps, too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.core.files.storage import default_storage

from providers.models import Intent

KEPT: Final = timedelta(days=1)
# Far enough for a few nights on which nothing ran.
LOOKED_BACK: Final = timedelta(days=8)


def sweep_originals(now: datetime) -> int:
    """How many files went; the rows keep their hashes. What is not an entry yet stays, and so does a younger twin."""
    ended = Intent.objects.filter(
        source__in=("scheduled", "probe"), state="done", finished_at__gt=now - LOOKED_BACK, finished_at__lte=now - KEPT
    ).exclude(generation__status="waiting")
    names = {picture["name"] for results in ended.values_list("results", flat=True) for picture in results}
    return sum(_delete(name, now - KEPT) for name in sorted(names))


def _delete(name: str, youngest: datetime) -> bool:
    try:
        if default_storage.get_modified_time(name) > youngest:
            return False
    except FileNotFoundError:
        return False
    default_storage.delete(name)
    return True
