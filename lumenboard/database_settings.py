"""How Django reaches its database, and what its sessions may take."""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from lumenboard.embedded.layout import Layout


def database_settings(url: str, layout: Layout) -> dict[str, Any]:
    """As Django wants them. Raises ImproperlyConfigured."""
    limits = "-c statement_timeout=60000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=120000"
    if not url:
        config: dict[str, Any] = {**layout.django_database()}
    else:
        try:
            config = {**dj_database_url.parse(url)}
        except (ValueError, dj_database_url.ParseError, dj_database_url.UnknownSchemeError) as error:
            raise ImproperlyConfigured(f"DATABASE_URL is not usable: {error}") from None
        if config["ENGINE"] != "django.db.backends.postgresql":
            raise ImproperlyConfigured("DATABASE_URL is not usable: only postgresql:// addresses are allowed")
    # A host that is gone says nothing: the kernel has to.
    silence = {"connect_timeout": 5, "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}
    # Django's own cursors never prepare; this lets those that ask for it (arena/actions/vote_statement.py)
    options = {**silence, **config.get("OPTIONS", {}), "options": limits, "prepare_threshold": 5}
    return {**config, "OPTIONS": options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
