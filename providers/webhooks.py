"""How a webhook is signed, in the form of Standard Webhooks, and how long to wait before it is tried again. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

WAITS_S: Final = (5, 30, 120, 600, 3600, 6 * 3600, 12 * 3600)
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - a prefix


def wait_before(attempt: int) -> int | None:
    """Seconds until the attempt after so many; None when it is given up."""
    return WAITS_S[attempt - 1] if attempt <= len(WAITS_S) else None


def new_secret(random: bytes) -> str:
    """A webhook's secret as Standard Webhooks writes it; 24 to 64 random bytes."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def webhook_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Headers of Standard Webhooks: HMAC-SHA-256 over id, time and body."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
