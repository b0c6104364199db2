"""Application configuration and checks: binds the Celery app so that shared tasks find it, names the admin site."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.checks import CheckMessage, Error, Warning, register


class LumenboardConfig(AppConfig):
    name = "lumenboard"

    def ready(self) -> None:
        from django.contrib import admin
        from django.contrib.auth.models import Group, User
        from django.contrib.auth.signals import user_logged_in
        from django_otp.plugins.otp_static.models import StaticDevice
        from django_otp.plugins.otp_totp.models import TOTPDevice

        from lumenboard import celery  # noqa: F401  importing binds it
        from lumenboard.accounts.admin import AccountAdmin, AccountGroupAdmin
        from lumenboard.accounts.backend import forget_on_log_in

        user_logged_in.connect(forget_on_log_in, dispatch_uid="forget tries")
        # their pages would show the keys; everybody has a page for their own
        admin.site.unregister([StaticDevice, TOTPDevice, Group, User])
        admin.site.register(Group, AccountGroupAdmin)
        admin.site.register(User, AccountAdmin)


class LumenboardAdminConfig(AdminConfig):
    default_site = "lumenboard.admin_site.OperatorSite"


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
