"""System checks of settings that only make sense together."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def site_address_is_allowed(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The host of LUMENBOARD_SITE_URL must be one the site answers to, or every link we print is dead."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    allowed = settings.ALLOWED_HOSTS
    if "*" in allowed or host in allowed or any(a.startswith(".") and host.endswith(a) for a in allowed):
        return []
    return [
        Error(
            f"LUMENBOARD_SITE_URL names the host {host!r}, which LUMENBOARD_ALLOWED_HOSTS does not contain.",
            hint=f"Add {host} to LUMENBOARD_ALLOWED_HOSTS.",
            id="lumenboard.E001",
        )
    ]


@register(deploy=True)
def production_names_its_stores(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The embedded stores serve one machine; a deployment should name its own."""
    missing = [name for name in ("DATABASE_URL", "BROKER_URL") if not getattr(settings, name)]
    return [Warning(f"{name} is not set: the embedded store is used.", id="lumenboard.W001") for name in missing]
