"""Turns a due run into the pictures it is to make, sets their money aside, and wakes workers to send them."""

import secrets
from typing import Final

from django.db import transaction
from django.utils import timezone

from arena.generation.enqueue import enqueue
from arena.generation.plan import Plan
from arena.generation.plan_generation import plan_probe, plan_schedule, planned_generation, requested_size
from arena.generation.send_generation import reserve_generations
from arena.models import Generation, Run

# The largest that every provider's protocol takes.
LARGEST_SEED: Final = 2**31 - 1


def start_run(run_id: int) -> int:
    """How many pictures are on their way; 0 where somebody has started it before, or nothing can be started.

    What a crash leaves undone after the first commit is found by `enqueue_pending_runs`.
    """
    ready = reserve_generations(make_generations(run_id))
    for generation_id in ready:
        enqueue("send_generation", generation_id)
    return len(ready)


def make_generations(run_id: int) -> list[int]:
    """The rows of a due run, in one transaction; their ids. None where the run was deleted meanwhile."""
    with transaction.atomic():
        runs = Run.objects.select_for_update(of=("self",)).select_related("schedule__competition")
        run = runs.filter(pk=run_id).first()
        if run is None or run.state != "due":
            return []
        schedule = run.schedule
        plan = plan_probe() if schedule.kind == "probe" else plan_schedule(schedule)
        run.left_out = [{"model": line.entrant.model_name, "reason": line.why_not} for line in plan.left_out]
        run.planned_usd = plan.total_usd
        run.started_at = timezone.now()
        if not plan.startable:
            _refuse(run)
            return []
        generations = Generation.objects.bulk_create(_generations(run, plan))
        run.state = "running"
        run.save()
    return [generation.pk for generation in generations]


def _refuse(run: Run) -> None:
    run.state, run.finished_at = "refused", run.started_at
    run.reason = "No model can be generated: see why beside each." if run.left_out else "There is nothing to generate."
    run.save()


def _generations(run: Run, plan: Plan) -> list[Generation]:
    """Every model under the same seeds, so that what differs is the model."""
    schedule = run.schedule
    seeds = schedule.seeds or [secrets.randbelow(LARGEST_SEED + 1) for _ in range(schedule.images_per_model)]
    places = [(line, seed) for line in plan.startable for seed in seeds[: line.images]]
    return [
        planned_generation(line, run=run, position=position, seed=seed, size=requested_size(line))
        for position, (line, seed) in enumerate(places)
    ]
