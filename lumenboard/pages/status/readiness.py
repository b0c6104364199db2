"""Whether all of the site works: parts, database, broker, workers, beat, queues, rollups. True, not merely alive."""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from arena.boards.recompute import board_lag_s
from arena.valkey import ask_valkey
from lumenboard.embedded.binaries import SILENT_S, read_parts
from lumenboard.queues import QUEUES
from providers.accounts.sealing import unopenable
from providers.disk_space import disk_spaces
from providers.models import ChangedHour, Heartbeat


@dataclass(frozen=True)
class QueueDepth:
    """What no worker has taken yet; `oldest_s` is 0 where nothing waits, or where the message does not say."""

    messages: int
    oldest_s: float


def queue_depths() -> dict[str, QueueDepth] | None:
    """Per queue; None while the broker does not answer.

    A worker takes no more messages than it works on, but for those of a later time; so what waits stands in the list.
    """
    if not settings.CELERY_BROKER_URL.startswith(("redis", "unix")):
        return dict.fromkeys(QUEUES, QueueDepth(0, 0.0))

    def read(store: Any) -> list[Any]:
        pipeline = store.pipeline(transaction=False)
        for queue in QUEUES:
            pipeline.llen(queue)
            # sent to the left, taken from the right
            pipeline.lindex(queue, -1)
        return cast(list[Any], pipeline.execute())

    found, now = ask_valkey(read), time.time()
    if found is None:
        return None
    pairs = zip(QUEUES, found[::2], found[1::2], strict=True)
    return {queue: QueueDepth(int(length), _age_s(oldest, now)) for queue, length, oldest in pairs}


def _age_s(message: bytes | None, now: float) -> float:
    """Since it was sent, or since the later time it was sent for."""
    try:
        headers = json.loads(message)["headers"] if message else {}
        moments = [float(headers.get("sent_at") or now)]
        if headers.get("eta"):
            moments.append(datetime.fromisoformat(headers["eta"]).timestamp())
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0.0
    return max(0.0, now - max(moments))


STARTED: Final = time.monotonic()


@dataclass(frozen=True)
class Check:
    """One part of the site; `detail` says what is wrong, or how well it does."""

    is_ok: bool
    detail: str


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503; either way the parts by name."""
    checks = run_checks()
    is_ok = all(check.is_ok for check in checks.values())
    parts = {name: {"ok": check.is_ok, "detail": check.detail} for name, check in checks.items()}
    content = {"status": "ok" if is_ok else "failing", "checks": parts}
    return JsonResponse(content, status=200 if is_ok else 503)


def run_checks() -> dict[str, Check]:
    """Every part by name. Without the database little else is known."""
    return disk_checks() | parts_checks() | site_checks()


def disk_checks() -> dict[str, Check]:
    """Space on the disks this process writes to; short of it no paid call is made."""
    return {f"disk {space.name}": Check(not space.is_short, str(space)) for space in disk_spaces()}


def parts_checks() -> dict[str, Check]:
    """The processes of the embedded stack as their supervisor sees them; none where something else runs them."""
    report = read_parts(settings.LAYOUT)
    if report is None:
        return {}
    if report.age_s > SILENT_S:
        return {"supervisor": Check(False, f"has said nothing for {report.age_s:.0f} s")}
    return {f"process {name}": Check(not problem, problem or "runs") for name, problem in report.problems.items()}


def site_checks() -> dict[str, Check]:
    """What database and broker say of the site."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        depths, ages = queue_depths(), heartbeat_ages()
        rollups, boards = rollup_lag_s(), board_lag_s(timezone.now())
    except DatabaseError as error:
        return {"database": Check(False, f"does not answer: {type(error).__name__}")}
    lengths = {queue: depth.messages for queue, depth in (depths or {}).items()}
    checks = {"database": Check(True, "answers"), "broker": _broker(depths)}
    checks |= {f"worker {queue}": _worker(age, lengths.get(queue, 0)) for queue, age in ages.items()}
    checks |= {f"queue {queue}": _queue(depth, settings.QUEUE_AGE_S[queue]) for queue, depth in (depths or {}).items()}
    checks["beat"] = _beat(ages, lengths)
    checks["rollups"] = _late(rollups, settings.ROLLUP_LAG_S, "oldest change not rolled up")
    checks["boards"] = _late(boards, settings.BOARD_LAG_S, "oldest vote that its board does not show")
    lost = len(unopenable())
    # A warning: the site works, and what it cannot open an operator has to bring back.
    checks["stored secrets"] = Check(True, f"{lost} cannot be opened; /ops says which" if lost else "can be opened")
    return checks


def heartbeat_ages() -> dict[str, float | None]:
    """Per queue the seconds since a task of it ran; None where none ever did."""
    now, beats = timezone.now(), dict(Heartbeat.objects.values_list("queue", "at"))
    return {queue: (now - beats[queue]).total_seconds() if queue in beats else None for queue in QUEUES}


def rollup_lag_s() -> float:
    """Age of the oldest change that no roll-up has taken in; 0 when all is in."""
    oldest = ChangedHour.objects.order_by("marked_at").values_list("marked_at", flat=True).first()
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0


def _broker(depths: dict[str, QueueDepth] | None) -> Check:
    if depths is None:
        return Check(False, "does not answer")
    return Check(True, f"{sum(depth.messages for depth in depths.values())} messages wait")


def _queue(depth: QueueDepth, longest_s: float) -> Check:
    if not depth.messages:
        return Check(True, "empty")
    waits = f"{depth.messages} messages wait, the oldest for {depth.oldest_s:.0f} s"
    return Check(depth.oldest_s <= longest_s, f"{waits}; up to {longest_s:.0f} s are usual")


def _late(lag_s: float, longest_s: float, what: str) -> Check:
    return Check(lag_s <= longest_s, f"{what}: {lag_s:.0f} s ago" if lag_s else "current")


def _worker(age: float | None, waiting: int) -> Check:
    """A silent queue in which nothing waits says nothing of the worker: beat has sent nothing."""
    if age is not None and age <= settings.HEARTBEAT_SILENT_S:
        return Check(True, f"worked {age:.0f} s ago")
    since = "never worked" if age is None else f"last worked {age:.0f} s ago"
    return Check(not waiting, f"{since}, {waiting} messages wait")


def _beat(ages: dict[str, float | None], lengths: dict[str, int]) -> Check:
    """Heartbeats that ran or still wait were sent; none of either means that nobody sends them."""
    recent = [age for age in ages.values() if age is not None and age <= settings.HEARTBEAT_SILENT_S]
    if recent or any(lengths.values()):
        return Check(True, "sends")
    if (up := time.monotonic() - STARTED) < settings.HEARTBEAT_GRACE_S:
        return Check(True, f"the site started {up:.0f} s ago, no heartbeat was due yet")
    return Check(False, f"has sent no heartbeat for {settings.HEARTBEAT_SILENT_S:.0f} s")
