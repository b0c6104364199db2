"""Settings of what watches the site: metrics, canaries in the queues, alerts, and who is told of ranks that moved."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from celery.schedules import crontab

from lumenboard.queues import DEFAULT, GENERATIONS, OUTBOUND, QUEUES
from lumenboard.settings import environment as env

METRICS_TOKEN: Final = env.text(
    "LUMENBOARD_METRICS_TOKEN", "", "Bearer token for /metrics; unset, only this machine may read it.", shown="none"
)
SMTP_HOST: Final = env.text("LUMENBOARD_SMTP_HOST", "", "Mail server for alerts.", shown="none: no mail is sent")
SMTP_PORT: Final = env.integer("LUMENBOARD_SMTP_PORT", 587, "Its port.", lowest=1, highest=65535)
SMTP_USER: Final = env.text("LUMENBOARD_SMTP_USER", "", "Account at the mail server.", shown="none")
SMTP_PASSWORD: Final = env.text("LUMENBOARD_SMTP_PASSWORD", "", "Its password.", shown="none")
SMTP_TLS: Final = env.boolean("LUMENBOARD_SMTP_TLS", True, "Speak TLS with it (STARTTLS).")
PRIVATE_RECEIVERS: Final = env.boolean(
    "LUMENBOARD_PRIVATE_RECEIVERS", False, "Webhooks may go to private networks and this machine too."
)
MAIL_FROM: Final = env.text("LUMENBOARD_MAIL_FROM", "lumenboard@localhost", "Sender of mails.")
CANARY_EVERY_S: Final = 30.0
# Beat sends its first canary half a minute after it started, and it starts after the pages.
CANARY_GRACE_S: Final = 90.0
# A canary that has not sung for this long means that nobody works on its queue, or that beat sends none.
CANARY_SILENT_S: Final = 120.0
ROLLUP_LAG_S: Final = 180.0
BOARD_LAG_S: Final = 120.0
# How long the oldest message of a queue may wait; a large run of pictures waits for its providers.
QUEUE_AGE_S: Final[dict[str, float]] = {DEFAULT: 60.0, GENERATIONS: 1800.0, OUTBOUND: 60.0}
BEAT: Final[dict[str, dict[str, Any]]] = {
    f"canary-{queue}": {
        "task": "lumenboard.tasks.sing",
        "args": (queue,),
        "schedule": CANARY_EVERY_S,
        "options": {"queue": queue, "expires": CANARY_EVERY_S},
    }
    for queue in QUEUES
} | {
    "evaluate-alerts": {"task": "providers.tasks.evaluate_alerts", "schedule": 60.0, "options": {"expires": 55}},
    "tell-rank-changes": {"task": "arena.tasks.tell_rank_changes", "schedule": 60.0, "options": {"expires": 55}},
    "deliver-messages": {"task": "arena.tasks.deliver_messages", "schedule": 2.0, "options": {"expires": 10}},
    "forget-board-messages": {"task": "arena.tasks.forget_board_messages", "schedule": crontab(hour=3, minute=25)},
}


def share_counters(data_dir: str) -> None:
    """Where the processes of one machine keep their request counters; must be said before the client is imported."""
    place = Path(data_dir) / "metrics"
    # who may not write there, such as a command run by another user, counts for itself alone
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place)
