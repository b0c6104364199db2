"""Alert rules, the incidents they opened, and how the word was carried."""

import secrets
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from providers.alerting import new_secret
from providers.models import AlertDelivery, AlertIncident, AlertRule
from providers.sealing import seal

SECRET_BYTES = 32


class Unchangeable(admin.ModelAdmin):
    """A record of what happened: read, never written by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AlertRule)
class AlertRuleAdmin(admin.ModelAdmin):
    list_display = ("name", "metric", "threshold", "window", "provider", "model", "last_value", "read_at", "is_enabled")
    list_filter = ("metric", "is_enabled")
    list_select_related = ("provider", "model")
    autocomplete_fields = ("model", "provider", "endpoint")
    readonly_fields = ("last_value", "read_at", "bad_in_a_row", "good_in_a_row")
    actions = ("renew_secrets",)
    fieldsets = (
        (None, {"fields": ("name", "is_enabled", "metric", "threshold", "window", "fewest_calls")}),
        ("Of which calls", {"fields": ("model", "provider", "endpoint", "mode", "simulated")}),
        ("How steady", {"fields": ("opens_after", "closes_after")}),
        ("Who is told", {"fields": ("webhook_url", "emails")}),
        ("Last reading", {"fields": readonly_fields}),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        is_new = bool(obj.webhook_url) and (not obj.sealed_secret or "webhook_url" in form.changed_data)
        if is_new:
            self._renew(request, obj)
        super().save_model(request, obj, form, change)

    @admin.action(description="Make a new webhook secret")
    def renew_secrets(self, request: HttpRequest, queryset: Any) -> None:
        for rule in queryset.exclude(webhook_url=""):
            self._renew(request, rule)
            rule.save(update_fields=["sealed_secret"])

    def _renew(self, request: HttpRequest, rule: AlertRule) -> None:
        secret = new_secret(secrets.token_bytes(SECRET_BYTES))
        rule.sealed_secret = seal(secret)
        messages.warning(request, f"Secret of the webhook of {rule.name}, shown this once: {secret}")


class DeliveryInline(admin.TabularInline):
    model = AlertDelivery
    fields = readonly_fields = ("event", "channel", "target", "state", "attempts", "last_problem", "delivered_at")
    can_delete = False
    extra = 0


@admin.register(AlertIncident)
class AlertIncidentAdmin(Unchangeable):
    list_display = ("rule", "opened_at", "closed_at", "opening_value", "worst_value", "threshold")
    list_filter = ("rule",)
    list_select_related = ("rule",)
    inlines = (DeliveryInline,)


@admin.register(AlertDelivery)
class AlertDeliveryAdmin(Unchangeable):
    list_display = ("created_at", "event", "channel", "target", "state", "attempts", "last_problem", "next_at")
    list_filter = ("state", "channel")
    search_fields = ("target",)
