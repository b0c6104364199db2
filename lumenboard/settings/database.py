"""How Django reaches its database, and what its sessions may take."""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from lumenboard.embedded.layout import Layout

# A host that is gone says nothing: after 35 s either side takes it for dead, and what its session held is free.
SILENCE = {"idle": 20, "interval": 5, "count": 3}
SILENCE_MS = 1000 * (SILENCE["idle"] + SILENCE["interval"] * SILENCE["count"])


def database_settings(url: str, layout: Layout) -> dict[str, Any]:
    """As Django wants them. Raises ImproperlyConfigured."""
    limits = {
        "statement_timeout": 60_000,
        "lock_timeout": 10_000,
        "idle_in_transaction_session_timeout": 120_000,
        **{f"tcp_keepalives_{name}": value for name, value in SILENCE.items()},
        "tcp_user_timeout": SILENCE_MS,
    }
    if not url:
        config: dict[str, Any] = {**layout.django_database()}
    else:
        try:
            config = {**dj_database_url.parse(url)}
        except (ValueError, dj_database_url.ParseError, dj_database_url.UnknownSchemeError) as error:
            raise ImproperlyConfigured(f"DATABASE_URL is not usable: {error}") from None
        if config["ENGINE"] != "django.db.backends.postgresql":
            raise ImproperlyConfigured("DATABASE_URL is not usable: only postgresql:// addresses are allowed")
    silence = {f"keepalives_{name}": value for name, value in SILENCE.items()}
    # Django's own cursors never prepare; this lets those that ask for it (arena/voting/cast_vote.py)
    ours = {"connect_timeout": 5, **silence, "tcp_user_timeout": SILENCE_MS, **config.get("OPTIONS", {})}
    startup = " ".join(f"-c {name}={value}" for name, value in limits.items())
    options = {**ours, "options": startup, "prepare_threshold": 5}
    return {**config, "OPTIONS": options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
