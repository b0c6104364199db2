"""Alert rules, the incidents they opened, and the messages about them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from providers.admin.inlines import PagedInline
from providers.admin.parts import OperatorAdmin, Unchangeable, WebhookSecrets
from providers.models import AlertDelivery, AlertIncident, AlertRule


@admin.register(AlertRule)
class AlertRuleAdmin(WebhookSecrets):
    address_field = "webhook_url"
    list_display = ("name", "metric", "threshold", "window", "provider", "model", "last_value", "read_at", "is_enabled")
    list_filter = ("metric", "is_enabled")
    list_select_related = ("provider", "model")
    autocomplete_fields = ("model", "provider", "endpoint")
    readonly_fields = ("last_value", "read_at", "bad_in_a_row", "good_in_a_row")
    fieldsets = (
        (None, {"fields": ("name", "is_enabled", "metric", "threshold", "window", "fewest_calls")}),
        ("Of which calls", {"fields": ("model", "provider", "endpoint", "mode", "simulated")}),
        ("How steady", {"fields": ("opens_after", "closes_after")}),
        ("Recipients", {"fields": ("webhook_url", "emails")}),
        ("Last reading", {"fields": readonly_fields}),
    )


class DeliveryInline(PagedInline):
    model = AlertDelivery
    fields = readonly_fields = ("event", "receiver", "state", "attempts", "last_problem", "delivered_at")
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertDelivery]:
        return super().get_queryset(request).select_related("receiver")


@admin.register(AlertIncident)
class AlertIncidentAdmin(Unchangeable, OperatorAdmin):
    list_display = ("rule", "opened_at", "closed_at", "opening_value", "worst_value", "threshold")
    list_filter = ("rule",)
    list_select_related = ("rule",)
    inlines = (DeliveryInline,)


@admin.register(AlertDelivery)
class AlertDeliveryAdmin(Unchangeable, OperatorAdmin):
    list_display = ("created_at", "event", "receiver", "state", "attempts", "last_problem", "next_at")
    list_filter = ("state", "receiver__channel")
    list_select_related = ("receiver",)
    search_fields = ("receiver__target",)
