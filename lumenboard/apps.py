"""Application configuration: binds the Celery app so that shared tasks find it, and names the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class LumenboardConfig(AppConfig):
    name = "lumenboard"

    def ready(self) -> None:
        from django.contrib import admin
        from django.contrib.auth.models import Group, User
        from django.contrib.auth.signals import user_logged_in
        from django_otp.plugins.otp_static.models import StaticDevice
        from django_otp.plugins.otp_totp.models import TOTPDevice

        from lumenboard import celery, checks  # noqa: F401  importing registers both
        from lumenboard.accounts.admin import AccountAdmin, AccountGroupAdmin
        from lumenboard.accounts.backend import forget_on_log_in

        user_logged_in.connect(forget_on_log_in, dispatch_uid="forget tries")
        # their pages would show the keys; everybody has a page for their own
        admin.site.unregister([StaticDevice, TOTPDevice, Group, User])
        admin.site.register(Group, AccountGroupAdmin)
        admin.site.register(User, AccountAdmin)


class LumenboardAdminConfig(AdminConfig):
    default_site = "lumenboard.admin_site.OperatorSite"
