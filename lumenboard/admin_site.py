"""The operator's admin site: its name and titles."""

from django.conf import settings
from django.contrib.admin import AdminSite


class OperatorSite(AdminSite):
    site_header = settings.SITE_NAME
    site_title = f"{settings.SITE_NAME} operator"
    index_title = "Operator"
    enable_nav_sidebar = True
