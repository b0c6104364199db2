"""Application configuration: binds the Celery app so that shared tasks find it, and names the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class LumenboardConfig(AppConfig):
    name = "lumenboard"

    def ready(self) -> None:
        from lumenboard import celery, checks  # noqa: F401  importing registers both


class LumenboardAdminConfig(AdminConfig):
    default_site = "lumenboard.admin_site.OperatorSite"
