"""What an operator does to a run: stops it, or makes its failed pictures anew.

Of a stopped run what was not sent is given back, and what is under way ends by itself and is taken in. A retry is a row
and an intent of its own; pictures of unknown outcome are never retried.
"""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from arena.generation.enqueue import enqueue_on_commit
from arena.generation.plan_generation import (
    EntrantRequest,
    Line,
    competition_request,
    plan_entrants,
    planned_generation,
)
from arena.generation.send_generation import release_cancelled
from arena.models import Generation, Run
from arena.models.schedules import OPEN_RUNS
from providers.models import Intent


class RunOver(ValueError):
    """It has ended before."""


def cancel_run(run_id: int, *, actor: User | None) -> int:
    """How many pictures will not be made. Raises RunOver."""
    now = timezone.now()
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.state not in OPEN_RUNS:
            raise RunOver("the run has ended before")
        run.state, run.cancelled_at, run.cancelled_by, run.finished_at = "cancelled", now, actor, now
        run.save()
        sent = Intent.objects.filter(uuid=OuterRef("intent_uuid")).exclude(state="reserved")
        unsent = list(run.generations.filter(~Exists(sent), status="waiting").values_list("pk", flat=True))
        waiting = Generation.objects.filter(pk__in=unsent, status="waiting")
        stopped = waiting.update(status="cancelled", finished_at=now)
    return stopped - len(release_cancelled(unsent))


class NothingToRetry(ValueError):
    """No failed picture of the run is without a second try, or it cannot be sent now."""


def retry_generations(run_id: int, generation_ids: Collection[int] | None = None) -> int:
    """All failed ones, or the given among them; how many are on their way. Raises NothingToRetry."""
    with transaction.atomic():
        run = (
            Run.objects.select_for_update(of=("self",))
            .select_related("schedule__competition__source_image")
            .get(pk=run_id)
        )
        retries = [(failed, line) for failed, line in _failed(run, generation_ids) if not line.why_not]
        if not retries:
            raise NothingToRetry("no failed picture can be sent again now")
        last = run.generations.aggregate(last=Max("position"))["last"]
        retried = Generation.objects.bulk_create(
            planned_generation(line, run=run, position=position, seed=failed.seed, size=failed.size, retry_of=failed)
            for position, (failed, line) in enumerate(retries, start=last + 1)
        )
        run.state, run.finished_at = "running", None
        run.save(update_fields=["state", "finished_at"])
        enqueue_on_commit("send_generation", [generation.pk for generation in retried])
    return len(retried)


def _failed(run: Run, generation_ids: Collection[int] | None) -> list[tuple[Generation, Line]]:
    """With what each would cost now."""
    failed = run.generations.filter(status="failed", retried_by=None).select_related("model")
    if generation_ids is not None:
        failed = failed.filter(pk__in=list(generation_ids))
    schedule, first = run.schedule, failed.first()
    if schedule.competition is None or first is None:
        return []
    # the schedule may ask for another size by now; all pictures of a run have one
    request = competition_request(schedule.competition, first.size, schedule.parameters)
    entrants = [
        EntrantRequest(model_id=one.model_id, model_name=one.model.name, endpoint_id=one.endpoint_id) for one in failed
    ]
    plan = plan_entrants(entrants, request, images=1)
    return list(zip(failed, plan.lines, strict=True))
