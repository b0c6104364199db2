"""Ends a run once none of its pictures is under way."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from arena.models import Generation, Run


def finish_run(run_id: int) -> bool:
    """Whether it ended now. A run that was cancelled stays so; its last pictures may end after it."""
    waiting = Generation.objects.filter(run=OuterRef("pk"), status="waiting")
    running = Run.objects.filter(~Exists(waiting), pk=run_id, state="running")
    return bool(running.update(state="done", finished_at=timezone.now()))
