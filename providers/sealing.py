"""Provider keys at rest: encrypted with keys that are not in the database."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealedElsewhere(Exception):
    """No key of ours opens it: it was sealed by another installation, or its key has been taken away."""

    def __init__(self) -> None:
        super().__init__("the stored key was encrypted with a key that LUMENBOARD_FERNET_KEYS does not hold")


def seal(secret: str) -> str:
    """Ciphertext under the newest key."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises SealedElsewhere."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealedElsewhere from None


def reseal(sealed: str) -> str:
    """The same secret under the newest key. Raises SealedElsewhere."""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise SealedElsewhere from None


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.PROVIDER_SEALING_KEYS])
