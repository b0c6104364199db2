"""Puts a provider's key into the database, encrypted, or takes it out. Nothing reads it back but the call itself."""

from django.db import transaction
from django.utils import timezone

from providers.models import ProviderAccount
from providers.sealing import reseal, seal


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
    """Every stored key under the newest sealing key; how many. Raises SealedElsewhere, and then nothing has changed."""
    accounts = list(ProviderAccount.objects.select_for_update().exclude(sealed_key="").order_by("pk"))
    for account in accounts:
        account.sealed_key = reseal(account.sealed_key)
        account.save(update_fields=["sealed_key"])
    return len(accounts)
