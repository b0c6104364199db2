"""Which worker does what: whatever waits for outsiders must not keep boards from being recomputed.

Plain values: the supervisor reads them too, before anything heavy is imported.
"""

from typing import Any, Final

DEFAULT: Final = "celery"
GENERATIONS: Final = "generations"
OUTBOUND: Final = "outbound"
# A worker that names no queue consumes all of them.
QUEUES: Final[dict[str, dict[str, Any]]] = {name: {"exchange": name} for name in (DEFAULT, GENERATIONS, OUTBOUND)}
ROUTES: Final[dict[str, dict[str, Any]]] = {
    # paid calls, which take as long as their providers take
    "arena.tasks.send_generation": {"queue": GENERATIONS},
    "providers.tasks.run_intent": {"queue": GENERATIONS},
    "lumenboard.tasks.run_request": {"queue": GENERATIONS},
    # receivers of messages, providers asked for results, stores of images, uploads to be decoded
    "arena.tasks.deliver_messages": {"queue": OUTBOUND},
    "arena.tasks.sweep_originals": {"queue": OUTBOUND},
    "lumenboard.tasks.mail_log_in_link": {"queue": OUTBOUND},
    "lumenboard.tasks.mail_invitation": {"queue": OUTBOUND},
    "lumenboard.tasks.mail_confirmation": {"queue": OUTBOUND},
    "arena.tasks.read_upload": {"queue": OUTBOUND},
    "providers.tasks.reap_intents": {"queue": OUTBOUND},
    "providers.tasks.sweep_gateway_traces": {"queue": OUTBOUND},
}
