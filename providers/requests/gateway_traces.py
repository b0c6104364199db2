"""Takes away what gateway requests leave behind: pictures past their links, kept answers, payloads, old rows."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from providers.models import GatewayRequest, Intent
from providers.models.gateway import UNDER_WAY

AT_ONCE: Final = 500


@dataclass(frozen=True)
class Purged:
    """Whether there was nothing left to take, and how many pictures went."""

    was_purged: bool
    pictures: int


@dataclass(frozen=True)
class SweptTraces:
    """How many answers with their pictures, payloads and rows went."""

    answers: int
    pictures: int
    payloads: int
    rows: int


def purge(row: GatewayRequest) -> Purged:
    """Everything of one request at once; its figures stay."""
    was_purged = row.payloads_purged_at is not None
    pictures = 0 if was_purged else _delete_pictures(row, young_too=True)
    GatewayRequest.objects.filter(pk=row.pk).update(
        payloads=None,
        payloads_until=None,
        answer=None,
        answer_until=None,
        user="",
        payloads_purged_at=row.payloads_purged_at or timezone.now(),
    )
    return Purged(was_purged, pictures)


def sweep_gateway_traces() -> SweptTraces:
    """What is past its time, a bounded number per run; safe to run twice."""
    now = timezone.now()
    over = list(GatewayRequest.objects.filter(answer_until__lt=now).order_by("answer_until")[:AT_ONCE])
    pictures = sum(_delete_pictures(row) for row in over)
    answers = GatewayRequest.objects.filter(pk__in=[row.pk for row in over]).update(answer=None, answer_until=None)
    payloads = GatewayRequest.objects.filter(payloads_until__lt=now).update(payloads=None, payloads_until=None)
    old = GatewayRequest.objects.filter(created_at__lt=now - timedelta(days=settings.REQUEST_LOG_DAYS))
    rows, _ = old.exclude(status__in=UNDER_WAY).filter(answer_until__isnull=True).delete()
    return SweptTraces(answers, pictures, payloads, rows)


def _delete_pictures(row: GatewayRequest, *, young_too: bool = False) -> int:
    """Pictures of the row's attempts and of its answer, unless another request has stored the same bytes since."""
    stored = Intent.objects.filter(request_id=row.uuid, source="gateway", state="done").values_list(
        "results", flat=True
    )
    names = {picture["name"] for results in stored for picture in results}
    names |= {picture["name"] for picture in (row.answer or {}).get("pictures", ())}
    youngest = timezone.now() - timedelta(minutes=settings.MEDIA_MINUTES)
    gone = 0
    for name in sorted(names):
        try:
            if not young_too and default_storage.get_modified_time(name) > youngest:
                continue
        except FileNotFoundError:
            continue
        default_storage.delete(name)
        gone += 1
    return gone
