"""Secrets at rest (providers' keys, secrets of webhooks): encrypted with keys that are not in the database."""

from collections import defaultdict
from collections.abc import Iterator

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet, Value
from django.utils import timezone

from providers.models import ProviderAccount

SEALED = "sealed_"


class SealedElsewhere(Exception):
    """No key of ours opens it: it was sealed by another installation, or its key has been taken away."""

    def __init__(self) -> None:
        super().__init__(
            f"the stored key was encrypted with a key that {settings.PROVIDER_SEALING_KEYS_FROM} does not hold"
        )


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


def sealed_rows() -> Iterator[tuple[QuerySet[Model], str]]:
    """Of every table with a column of ciphertext: the rows that have one, and the column."""
    for model in apps.get_models():
        for field in model._meta.fields:
            if field.name.startswith(SEALED):
                rows = model._default_manager.exclude(**{field.name: ""}).order_by("pk")
                yield rows, field.name


def opens(sealed: str) -> bool:
    """Whether one of our keys opens it."""
    try:
        unseal(sealed)
    except SealedElsewhere:
        return False
    return True


def unopenable() -> list[str]:
    """What is stored and cannot be opened, in words. One query where all can."""
    stored = list(sealed_rows())
    first, *others = (
        rows.order_by().values_list(Value(number), "pk", column) for number, (rows, column) in enumerate(stored)
    )
    lost: dict[int, list[int]] = defaultdict(list)
    for number, pk, sealed in first.union(*others, all=True):
        if not opens(sealed):
            lost[number].append(pk)
    return [
        f"{rows.model._meta.verbose_name} {row}"
        for number, (rows, _) in enumerate(stored)
        if lost[number]
        for row in rows.filter(pk__in=lost[number]).select_related()
    ]


def unopenable_in_words() -> str:
    """Which stored secrets cannot be opened and what that needs; empty where all can."""
    lost = unopenable()
    if not lost:
        return ""
    named = f"{', '.join(lost[:5])}{f' and {len(lost) - 5} more' if len(lost) > 5 else ''}"
    return (
        f"Stored secrets cannot be opened: {named}. They were encrypted with a key that "
        f"{settings.PROVIDER_SEALING_KEYS_FROM} does not hold. Put back the sealing_key file that belongs to this "
        "database, or add its contents to LUMENBOARD_FERNET_KEYS, and restart; or enter the secrets anew."
    )


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.PROVIDER_SEALING_KEYS])


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
