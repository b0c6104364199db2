"""The one-time token of a battle: 128 bits that follow from the battle's id and this site's secret key.

Derived, so that a page may be shown again without a second token; the row holds only its SHA-256.
"""

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

TOKEN_BYTES = 16


def battle_token(public_id: UUID) -> str:
    """32 hex digits."""
    mac = hmac.new(settings.SECRET_KEY.encode(), b"battle token:" + public_id.bytes, "sha256")
    return mac.digest()[:TOKEN_BYTES].hex()


def token_digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
