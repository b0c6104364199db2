"""How a provider is called, as a value: `reading.py` makes it of rows and keys. Pure."""

from dataclasses import dataclass, field
from typing import Final, Literal

from providers.adapters.wire import Account, Adapter

KeySource = Literal["environment", "stored", "simulator"]
USUAL_CONCURRENCY: Final = 16


@dataclass(frozen=True, kw_only=True)
class ProviderAccess:
    """How a provider is called now. An empty `account.base_url` is the protocol's own."""

    provider_id: int
    slug: str
    adapter: Adapter = field(repr=False)
    account: Account
    simulated: bool
    key_source: KeySource
    is_paused: bool = False
    max_concurrent: int = USUAL_CONCURRENCY

    @property
    def protocol(self) -> str:
        """By its name."""
        return self.adapter.name
