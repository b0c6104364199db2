"""One export of a table whose columns are keyed: what its pages share, carried from page to page by the cursor.

The token is ours and holds for a day: nobody else chooses a key, and no two exports have the same.
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core import signing

LASTS_S: Final = 24 * 3600
SALT: Final = "export of a table"


@dataclass(frozen=True)
class Export:
    """`secret` keys the columns; rows numbered above `up_to`, None on the first page, are not part of it."""

    name: str
    up_to: int | None = None

    @property
    def secret(self) -> bytes:
        """Follows from the name, which is ours and random."""
        return hmac.new(settings.SECRET_KEY.encode(), f"{SALT}:{self.name}".encode(), "sha256").digest()

    def token(self, up_to: int) -> str:
        """What the next page goes on from; signed, so that nobody else names an export."""
        return signing.dumps([self.name, up_to], salt=SALT)


def begun_export() -> Export:
    """A new one."""
    return Export(secrets.token_hex(16))


def continued_export(token: str) -> Export:
    """The one that the token is of. Raises ValueError."""
    try:
        name, up_to = signing.loads(token, salt=SALT, max_age=LASTS_S)
    except signing.BadSignature as error:
        raise ValueError("no token of ours") from error
    return Export(name, up_to)
