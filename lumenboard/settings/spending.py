"""Settings of everything that can cost money: budgets, the simulator that stands in, how provider keys are stored."""

from typing import Final

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from lumenboard.embedded.layout import Layout
from lumenboard.settings import environment as env
from providers.adapters import registry

SITE_BUDGET_USD_PER_DAY: Final = env.amount(
    "LUMENBOARD_SITE_BUDGET_USD_PER_DAY", "25", "Most that all paid calls of a day (UTC) may cost together."
)
SITE_BUDGET_USD_PER_HOUR: Final = env.amount(
    "LUMENBOARD_SITE_BUDGET_USD_PER_HOUR", "10", "Most that all paid calls of an hour may cost together."
)
PROBE_BUDGET_USD_PER_DAY: Final = env.amount(
    "LUMENBOARD_PROBE_BUDGET_USD_PER_DAY", "1", "Most that the daily probe of every endpoint may cost; 0: no probes."
)
LEAST_FREE_MB: Final = env.integer(
    "LUMENBOARD_LEAST_FREE_MB",
    256,
    "MB that must be free where data and images are written; with less, no paid call is made.",
    lowest=0,
    highest=10_000_000,
)
SIMULATOR_URL: Final = env.web_address(
    "LUMENBOARD_SIMULATOR_URL",
    "",
    "Address of a provider simulator that stands in for every provider without a key.",
    shown="none; the demo starts one",
)
# Accounts read the keys when they need them, so that no setting holds one.
for _adapter in registry.ADAPTERS.values():
    if _adapter.key_variable:
        env.text(
            _adapter.key_variable, "", f"Key for the provider with the slug {_adapter.usual_provider}.", shown="none"
        )


def sealing_keys(layout: Layout) -> tuple[list[str], str]:
    """What encrypts provider keys in the database, the one in use first; and where that comes from, in words."""
    keys = env.words(
        "LUMENBOARD_FERNET_KEYS",
        [],
        "Keys that encrypt provider keys in the database, newest first.",
        shown="one, generated once into the data directory",
    )
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        raise ImproperlyConfigured(
            "LUMENBOARD_FERNET_KEYS is not usable: allowed are keys of 32 bytes in URL-safe base64, separated by commas"
        ) from None
    if keys:
        return keys, "LUMENBOARD_FERNET_KEYS"
    return [layout.sealing_key()], f"{layout.sealing_key_file} (LUMENBOARD_FERNET_KEYS is not set)"
