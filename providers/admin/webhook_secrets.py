"""Forms whose rows send webhooks: the secret is made with the address and shown once."""

import secrets
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest

from providers.accounts.sealing import seal
from providers.admin.parts import OperatorAdmin
from providers.webhooks.signing import new_secret

SECRET_BYTES = 32


class WebhookSecrets(OperatorAdmin):
    """`address_field` holds the address; a row whose address changes gets a new secret."""

    address_field: ClassVar[str]
    actions: tuple[str, ...] = ("renew_secrets",)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if getattr(obj, self.address_field) and (not obj.sealed_secret or self.address_field in form.changed_data):
            self._renew(request, obj)
        super().save_model(request, obj, form, change)

    @admin.action(description="Make a new webhook secret", permissions=["change"])
    def renew_secrets(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset.exclude(**{self.address_field: ""}):
            self._renew(request, row)
            row.save(update_fields=["sealed_secret"])

    def _renew(self, request: HttpRequest, row: Any) -> None:
        secret = new_secret(secrets.token_bytes(SECRET_BYTES))
        row.sealed_secret = seal(secret)
        messages.warning(request, f"Secret of the webhook of {row}, shown this once: {secret}")
