"""Settings of the gateway: how long a call may take, and how long what it leaves behind is stored."""

from typing import Final

from lumenboard.settings import environment as env

GATEWAY_DEADLINE_S: Final = env.integer(
    "LUMENBOARD_GATEWAY_DEADLINE_S",
    300,
    "Seconds a request of the gateway may take in all, fallbacks included.",
    lowest=5,
    highest=1800,
)
GATEWAY_ORIGINS: Final = env.origins(
    "LUMENBOARD_GATEWAY_ORIGINS", "Origins whose pages may call the gateway from a browser, comma-separated; * for all."
)
MEDIA_MINUTES: Final = env.integer(
    "LUMENBOARD_MEDIA_MINUTES", 60, "Minutes that links to pictures answered as url live.", lowest=1, highest=10_080
)
PAYLOAD_DAYS: Final = env.integer(
    "LUMENBOARD_PAYLOAD_DAYS",
    7,
    "Days that prompts and answers are kept for keys that keep them.",
    lowest=1,
    highest=365,
)
REQUEST_LOG_DAYS: Final = env.integer(
    "LUMENBOARD_REQUEST_LOG_DAYS", 90, "Days that rows of gateway requests are kept.", lowest=1, highest=3650
)
