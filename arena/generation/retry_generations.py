"""Makes failed pictures of a run anew, each as a row and an intent of its own; those of unknown outcome never."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from arena.generation.image_requests import competition_request
from arena.generation.plan import Line, Wish
from arena.generation.plan_generation import plan_wishes
from arena.generation.wake import wake_on_commit
from arena.models import Generation, Run
from providers.pricing import Size


class NothingToRetry(ValueError):
    """No failed picture of the run is without a second try, or it cannot be sent now."""


@dataclass(frozen=True)
class _Again:
    """A failed picture with what it would cost now."""

    failed: Generation
    line: Line


def retry_generations(run_id: int, generation_ids: Collection[int] | None = None) -> int:
    """All failed ones, or the given among them; how many are on their way. Raises NothingToRetry."""
    with transaction.atomic():
        run = (
            Run.objects.select_for_update(of=("self",))
            .select_related("schedule__competition__source_image")
            .get(pk=run_id)
        )
        again = [one for one in _failed(run, generation_ids) if not one.line.why_not]
        if not again:
            raise NothingToRetry("no failed picture can be sent again now")
        last = run.generations.aggregate(last=Max("position"))["last"]
        made = Generation.objects.bulk_create(_copy(one, last + place) for place, one in enumerate(again, start=1))
        run.state, run.finished_at = "running", None
        run.save(update_fields=["state", "finished_at"])
        wake_on_commit("send_generation", [generation.pk for generation in made])
    return len(made)


def _failed(run: Run, generation_ids: Collection[int] | None) -> list[_Again]:
    failed = run.generations.filter(status="failed", retried_by=None).select_related("model")
    if generation_ids is not None:
        failed = failed.filter(pk__in=list(generation_ids))
    schedule, first = run.schedule, failed.first()
    if schedule.competition is None or first is None:
        return []
    # the schedule may ask for another size by now; all pictures of a run have one
    size = Size(width_px=first.width_px, height_px=first.height_px)
    request = competition_request(schedule.competition, size, schedule.parameters)
    wishes = [Wish(model_id=one.model_id, model_name=one.model.name, endpoint_id=one.endpoint_id) for one in failed]
    plan = plan_wishes(wishes, request, images=1)
    return [_Again(one, line) for one, line in zip(failed, plan.lines, strict=True)]


def _copy(again: _Again, position: int) -> Generation:
    failed, offer = again.failed, again.line.offer
    assert offer is not None
    assert offer.most_usd is not None
    return Generation(
        run_id=failed.run_id,
        position=position,
        model_id=failed.model_id,
        endpoint_id=offer.endpoint.id,
        endpoint_key=offer.endpoint.key,
        seed=failed.seed,
        width_px=failed.width_px,
        height_px=failed.height_px,
        simulated=offer.simulated,
        planned_usd=offer.most_usd,
        retry_of=failed,
    )
