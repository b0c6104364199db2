"""Puts a provider's key into the database, encrypted, or takes it out. Nothing reads it back but the call itself."""

from django.db import transaction
from django.utils import timezone

from providers.accounts.sealing import reseal, seal, sealed_rows
from providers.models import ProviderAccount


def store_key(account_id: int, key: str) -> None:
    """An empty key takes away the stored one. Raises ValueError for white space and control characters within."""
    key = key.strip()
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ValueError("a key has printable ASCII characters and no spaces")
    ProviderAccount.objects.filter(pk=account_id).update(
        sealed_key=seal(key) if key else "", key_set_at=timezone.now() if key else None
    )


@transaction.atomic
def reseal_keys() -> int:
    """Every stored secret under the newest sealing key; how many.

    Raises SealedElsewhere, and then nothing has changed.
    """
    count = 0
    for rows, column in sealed_rows():
        for row in rows.select_for_update():
            setattr(row, column, reseal(getattr(row, column)))
            row.save(update_fields=[column])
            count += 1
    return count
