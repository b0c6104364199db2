"""The text of an API key: `lb_<id>.<secret>`, made once, stored as a hash, and found again by its id."""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from django.db.models import Q
from django.utils import timezone

from providers.models.gateway import PUBLIC_ID_LENGTH, ApiKey

ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
SECRET_BYTES: Final = 32
FORM: Final = re.compile(rf"lb_([{ALPHABET}]{{{PUBLIC_ID_LENGTH}}})\.([A-Za-z0-9_-]{{43}})")
NO_DIGEST: Final = "0" * 64


@dataclass(frozen=True)
class KeyText:
    """What a caller sent, taken apart. `secret_sha256` is in hex; the secret itself is not stored."""

    public_id: str
    secret_sha256: str = field(repr=False)


def new_key_text() -> tuple[str, KeyText]:
    """A fresh key as its holder sees it, once, and as it is stored."""
    public_id = "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_ID_LENGTH))
    text = f"lb_{public_id}.{secrets.token_urlsafe(SECRET_BYTES)}"
    read = read_key_text(text)
    assert read is not None
    return text, read


def read_key_text(text: str) -> KeyText | None:
    """The parts of a key, or None for a text that is none."""
    found = FORM.fullmatch(text)
    # The secret is random over 256 bits: one round of a hash keeps it as safe as many would.
    return KeyText(found[1], sha256(found[2].encode()).hexdigest()) if found else None


def bearer(authorization: str) -> KeyText | None:
    """The key of an Authorization header."""
    scheme, _, text = authorization.partition(" ")
    return read_key_text(text.strip()) if scheme.lower() == "bearer" else None


def same_secret(stored_sha256: str | None, sent: KeyText) -> bool:
    """Compares in constant time, also where there is nothing to compare with."""
    return hmac.compare_digest(stored_sha256 or NO_DIGEST, sent.secret_sha256) and stored_sha256 is not None


def live_key(authorization: str) -> ApiKey | None:
    """The key of an Authorization header if it is known, neither revoked nor expired. What it may is in its scopes."""
    sent = bearer(authorization)
    if sent is None:
        return None
    not_over = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    key = ApiKey.objects.filter(not_over, public_id=sent.public_id, revoked_at__isnull=True).first()
    return key if same_secret(key.secret_sha256 if key else None, sent) else None
