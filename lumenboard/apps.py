"""Application configuration and checks: binds the Celery app so that shared tasks find it, names the admin site."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


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
        # of one app, so that each is done once
        arena = apps.get_app_config("arena")
        pre_migrate.connect(_lift_limit, sender=arena, dispatch_uid="no limit while migrating")
        post_migrate.connect(_set_limit, sender=arena, dispatch_uid="the limit again")
        # their pages would show the keys; everybody has a page for their own
        admin.site.unregister([StaticDevice, TOTPDevice, Group, User])
        admin.site.register(Group, AccountGroupAdmin)
        admin.site.register(User, AccountAdmin)


def _lift_limit(using: str, **_: Any) -> None:
    """A migration may read a log of any length, to build an index or to check a constraint: it takes what it takes."""
    with connections[using].cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


def _set_limit(using: str, **_: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("RESET statement_timeout")


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
