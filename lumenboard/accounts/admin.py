"""Operators and their groups at /admin, in forms that refuse what every other form there refuses."""

from django.contrib.auth.admin import GroupAdmin, UserAdmin

from providers.admin.parts import OperatorAdmin


class AccountAdmin(OperatorAdmin, UserAdmin):
    """Django's own, with our fields."""


class AccountGroupAdmin(OperatorAdmin, GroupAdmin):  # type: ignore[misc]  # theirs has a default for the request
    """Groups; Django's own, with our fields."""
