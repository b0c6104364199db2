"""How a webhook is signed, in the form of Standard Webhooks. Pure."""

import base64
import hashlib
import hmac
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - a prefix


def new_secret(random: bytes) -> str:
    """A webhook's secret as Standard Webhooks writes it; 24 to 64 random bytes."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def webhook_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Headers of Standard Webhooks: HMAC-SHA-256 over id, time and body."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
