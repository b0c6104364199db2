"""What beat sends, and when. A message nobody took in time expires: the next one of its kind does the same work."""

from typing import Any, Final

from celery.schedules import crontab

from lumenboard.queues import QUEUES
from lumenboard.settings.monitoring import HEARTBEAT_EVERY_S


def _every(seconds: float, task: str, expires: float) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": expires}}


def _daily(hour: int, minute: int, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": crontab(hour=hour, minute=minute)}


def _heartbeat(queue: str) -> dict[str, Any]:
    return {
        "task": "lumenboard.tasks.sing",
        "args": (queue,),
        "schedule": HEARTBEAT_EVERY_S,
        "options": {"queue": queue, "expires": HEARTBEAT_EVERY_S},
    }


SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    **{f"canary-{queue}": _heartbeat(queue) for queue in QUEUES},
    "deliver-messages": _every(2.0, "arena.tasks.deliver_messages", 10),
    "tend-runs": _every(15.0, "arena.tasks.tend_runs", 14),
    "resume-uploads": _every(15.0, "arena.tasks.resume_uploads", 14),
    "continue-requests": _every(5.0, "lumenboard.tasks.continue_requests", 4),
    "reap-intents": _every(30.0, "providers.tasks.reap_intents", 25),
    "recompute-changed-boards": _every(60.0, "arena.tasks.recompute_changed_boards", 55),
    "bound-votes": _every(60.0, "arena.tasks.bound_votes", 55),
    "recompute-parity": _every(60.0, "arena.tasks.recompute_parity", 55),
    "bring-files-home": _every(60.0, "arena.tasks.bring_files_home", 55),
    "roll-up-samples": _every(60.0, "providers.tasks.roll_up_samples", 55),
    "evaluate-alerts": _every(60.0, "providers.tasks.evaluate_alerts", 55),
    "tell-rank-changes": _every(60.0, "arena.tasks.tell_rank_changes", 55),
    "deepen-boards": _every(300.0, "arena.tasks.deepen_boards", 290),
    "sweep-gateway": _every(300.0, "providers.tasks.sweep_gateway_traces", 290),
    "keep-probes": _every(600.0, "arena.tasks.keep_probes", 590),
    "measure-images": _every(600.0, "arena.tasks.measure_images", 590),
    "chain-votes": _every(900.0, "arena.tasks.chain_votes", 890),
    "sweep-uploads": _every(3600.0, "arena.tasks.sweep_uploads", 3500),
    "keep-sample-days": {"task": "providers.tasks.keep_sample_days", "schedule": crontab(minute=7)},
    "thin-board-history": _daily(3, 20, "arena.tasks.thin_board_history"),
    "forget-board-messages": _daily(3, 25, "arena.tasks.forget_board_messages"),
    "flag-votes": _daily(3, 40, "arena.tasks.flag_votes"),
    "examine-raters": _daily(3, 50, "arena.tasks.examine_raters"),
    "voter-widths": _daily(3, 55, "arena.tasks.compute_voter_widths"),
    "sweep-battles": _daily(4, 10, "arena.tasks.sweep_battles"),
    "sweep-sessions": _daily(4, 20, "lumenboard.tasks.sweep_sessions"),
    "sweep-old-rows": _daily(4, 30, "providers.tasks.sweep_old_rows"),
    "sweep-originals": _daily(4, 50, "arena.tasks.sweep_originals"),
}
