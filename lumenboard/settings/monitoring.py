"""Settings of what watches the site: metrics, heartbeats of the queues, mail for alerts, receivers of webhooks."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from lumenboard.queues import DEFAULT, GENERATIONS, OUTBOUND
from lumenboard.settings import environment as env

METRICS_TOKEN: Final = env.text(
    "LUMENBOARD_METRICS_TOKEN", "", "Bearer token for /metrics; unset, only this machine may read it.", shown="none"
)
EMAIL_HOST: Final = env.text("LUMENBOARD_SMTP_HOST", "", "Mail server.", shown="none: no mail is sent")
EMAIL_PORT: Final = env.integer("LUMENBOARD_SMTP_PORT", 587, "Its port.", lowest=1, highest=65535)
EMAIL_HOST_USER: Final = env.text("LUMENBOARD_SMTP_USER", "", "Account at the mail server.", shown="none")
EMAIL_HOST_PASSWORD: Final = env.text("LUMENBOARD_SMTP_PASSWORD", "", "Its password.", shown="none")
EMAIL_USE_TLS: Final = env.boolean("LUMENBOARD_SMTP_TLS", True, "Speak TLS with it (STARTTLS).")
MAIL_TO_LOG: Final = env.boolean(
    "LUMENBOARD_MAIL_TO_LOG", False, "Write mails into the worker's log instead of sending them."
)
PRIVATE_RECEIVERS: Final = env.boolean(
    "LUMENBOARD_PRIVATE_RECEIVERS", False, "Webhooks may go to private networks and this machine too."
)
DEFAULT_FROM_EMAIL: Final = env.text("LUMENBOARD_MAIL_FROM", "lumenboard@localhost", "Sender of mails.")
HEARTBEAT_EVERY_S: Final = 30.0
# Beat sends its first heartbeat half a minute after it started, and it starts after the pages.
HEARTBEAT_GRACE_S: Final = 90.0
# A queue without a heartbeat for so long means that nobody works on it, or that beat sends none.
HEARTBEAT_SILENT_S: Final = 120.0
ROLLUP_LAG_S: Final = 180.0
BOARD_LAG_S: Final = 120.0
# How long the oldest message of a queue may wait; a large run of pictures waits for its providers.
QUEUE_AGE_S: Final[dict[str, float]] = {DEFAULT: 60.0, GENERATIONS: 1800.0, OUTBOUND: 60.0}


def share_counters(data_dir: str) -> None:
    """Where the processes of one machine keep their request counters; must be said before the client is imported."""
    place = Path(data_dir) / "metrics"
    # who may not write there, such as a command run by another user, counts for itself alone
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place)
