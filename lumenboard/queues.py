"""Which worker does what: pictures wait minutes for their providers, and must not keep boards from being recomputed.

Plain values: the supervisor reads them too, before anything heavy is imported.
"""

from typing import Any, Final

DEFAULT: Final = "celery"
GENERATIONS: Final = "generations"
# A worker that is told no queue consumes all of them.
QUEUES: Final[dict[str, dict[str, Any]]] = {name: {"exchange": name} for name in (DEFAULT, GENERATIONS)}
ROUTES: Final[dict[str, dict[str, Any]]] = {"arena.tasks.send_generation": {"queue": GENERATIONS}}
BEAT: Final[dict[str, dict[str, Any]]] = {
    "tend-runs": {"task": "arena.tasks.tend_runs", "schedule": 15.0, "options": {"expires": 14}},
    "keep-probes": {"task": "arena.tasks.keep_probes", "schedule": 600.0, "options": {"expires": 590}},
    "bring-files-home": {"task": "arena.tasks.bring_files_home", "schedule": 60.0, "options": {"expires": 55}},
}
