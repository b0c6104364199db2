"""Where a provider is reached and with which key: the environment's, the stored one, or the simulator in its place."""

import os
from typing import Final

from django.conf import settings

from providers.accounts.access import USUAL_CONCURRENCY, KeySource, ProviderAccess
from providers.accounts.sealing import SealedElsewhere, unseal
from providers.adapters.registry import UnknownProtocol, adapter_for, usual_adapter
from providers.adapters.wire import Account, Adapter
from providers.models import Provider, ProviderAccount

# The simulator takes any key; this one has the form of each provider's.
SIMULATOR_KEY: Final = "simulated:key"


class NoAccess(Exception):
    """The provider cannot be called; the message says what is missing."""


def access_for(provider: Provider) -> ProviderAccess:
    """As its row is now: one query. Raises NoAccess."""
    return access_from(provider, ProviderAccount.objects.filter(provider=provider).first())


def access_from(provider: Provider, row: ProviderAccount | None) -> ProviderAccess:
    """With the environment's key before the stored one; without either the simulator, where one is set.

    Raises NoAccess.
    """
    adapter = _adapter(provider, row)
    key, source = _key(provider, row, adapter)
    base_url, _, query = (row.base_url if row else "").partition("?")
    if source == "simulator":
        key, base_url, query = SIMULATOR_KEY, f"{settings.SIMULATOR_URL}{adapter.simulator_path}", ""
    elif not (base_url or adapter.default_base_url):
        raise NoAccess(f"{provider.slug} has no address: set its base URL at /admin/")
    return ProviderAccess(
        provider_id=provider.pk,
        slug=provider.slug,
        adapter=adapter,
        account=Account(base_url=base_url, key=key, query=query),
        simulated=source == "simulator",
        key_source=source,
        is_paused=bool(row and row.is_paused),
        max_concurrent=row.max_concurrent if row else USUAL_CONCURRENCY,
    )


def key_variable(slug: str) -> str:
    """The environment variable that holds a provider's key."""
    adapter = usual_adapter(slug)
    usual = adapter.key_variable if adapter else ""
    return usual or f"LUMENBOARD_KEY_{slug.upper().replace('-', '_')}"


def _adapter(provider: Provider, row: ProviderAccount | None) -> Adapter:
    try:
        adapter = adapter_for(row.protocol) if row else usual_adapter(provider.slug)
    except UnknownProtocol as error:
        raise NoAccess(f"{provider.slug}: {error}") from None
    if adapter is None:
        raise NoAccess(f"{provider.slug} has no account: say at /admin/ which protocol it speaks")
    return adapter


def _key(provider: Provider, row: ProviderAccount | None, adapter: Adapter) -> tuple[str, KeySource]:
    variable = key_variable(provider.slug)
    if key := os.environ.get(variable, "").strip():
        return key, "environment"
    if row and row.sealed_key:
        try:
            return unseal(row.sealed_key), "stored"
        except SealedElsewhere as error:
            raise NoAccess(f"{provider.slug}: {error}") from None
    if settings.SIMULATOR_URL and adapter.simulator_path:
        return "", "simulator"
    raise NoAccess(f"{provider.slug} has no key: set {variable}, or store one at /admin/")
