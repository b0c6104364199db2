"""Makes a key with its budget, changes what it may spend, and ends it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils import timezone

from providers.accounts.key_format import new_key_text
from providers.models import ApiKey, BudgetCap
from providers.models.gateway import KEY_SCOPES

USUAL_SCOPES: Final = ("images", "requests:read")
# a key never does what its maker may not: permissions whoever gives a key this scope needs himself
SCOPE_PERMISSIONS: Final[dict[str, tuple[str, ...]]] = {
    "entries:write": ("arena.add_entry", "arena.add_competition", "providers.add_imagemodel"),
}
USUAL_USD_PER_DAY: Final = Decimal(5)


@dataclass(frozen=True)
class NewKey:
    """The row, and the only copy there will ever be of the key's text."""

    row: ApiKey
    text: str = field(repr=False)


def scope_choices(user: AbstractBaseUser | AnonymousUser, present: Collection[str] = ()) -> list[tuple[str, str]]:
    """Scopes that this user may give a key, and those it holds already, each with what it allows."""
    may = user.has_perms  # type: ignore[union-attr]  # every user of the site has permissions
    return [
        (scope, what) for scope, what in KEY_SCOPES.items() if scope in present or may(SCOPE_PERMISSIONS.get(scope, ()))
    ]


@transaction.atomic
def create_api_key(
    name: str,
    *,
    usd_per_day: Decimal = USUAL_USD_PER_DAY,
    usd_per_hour: Decimal | None = None,
    scopes: Iterable[str] = USUAL_SCOPES,
    calls_per_minute: int = 600,
    expires_at: datetime | None = None,
) -> NewKey:
    """A key that may spend that much. Scopes that do not exist are refused by the table."""
    text, stored = new_key_text()
    row = ApiKey.objects.create(
        name=name,
        public_id=stored.public_id,
        secret_sha256=stored.secret_sha256,
        scopes=sorted(set(scopes)),
        calls_per_minute=calls_per_minute,
        expires_at=expires_at,
    )
    set_key_budget(row, usd_per_day, usd_per_hour)
    return NewKey(row, text)


def set_key_budget(key: ApiKey, usd_per_day: Decimal, usd_per_hour: Decimal | None = None) -> None:
    """What the key may cost from now on; what it has spent today stays spent."""
    BudgetCap.objects.update_or_create(
        scope="key", subject=key.public_id, defaults={"usd_per_day": usd_per_day, "usd_per_hour": usd_per_hour}
    )


@transaction.atomic
def revoke_api_key(key: ApiKey) -> bool:
    """Ends the key at once, calls that were let in a moment ago included; false where it had ended before."""
    BudgetCap.objects.filter(scope="key", subject=key.public_id).update(is_paused=True)
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()))
