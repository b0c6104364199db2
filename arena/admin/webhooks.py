"""Who is told when ranks move, and how the word was carried."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils import timezone

from arena.admin.parts import UnchangeableAdmin
from arena.boards.rank_webhooks import send_test
from arena.models import BoardMessage, BoardWebhook
from providers.admin.parts import WebhookSecrets


@admin.register(BoardWebhook)
class BoardWebhookAdmin(WebhookSecrets):
    address_field = "url"
    list_display = ("name", "url", "quiet_minutes", "delivered", "waiting", "given_up", "is_enabled")
    search_fields = ("name", "url")
    autocomplete_fields = ("boards",)
    fields = ("name", "is_enabled", "url", "boards", "quiet_minutes")
    actions = ("send_tests", "renew_secrets")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BoardWebhook]:
        states = ("delivered", "waiting", "given_up")
        counts = {f"{state}_count": Count("messages", filter=Q(messages__state=state)) for state in states}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(ordering="delivered_count")
    def delivered(self, webhook: Any) -> int:
        return webhook.delivered_count

    @admin.display(ordering="waiting_count")
    def waiting(self, webhook: Any) -> int:
        return webhook.waiting_count

    @admin.display(ordering="given_up_count")
    def given_up(self, webhook: Any) -> int:
        return webhook.given_up_count

    @admin.action(description="Send a test message", permissions=["change"])
    def send_tests(self, request: HttpRequest, queryset: QuerySet[BoardWebhook]) -> None:
        for webhook in queryset:
            send_test(webhook, timezone.now())
        self.message_user(
            request,
            f"{len(queryset)} test message{pluralize(len(queryset))} will leave within seconds; see Board messages.",
            messages.SUCCESS,
        )


@admin.register(BoardMessage)
class BoardMessageAdmin(UnchangeableAdmin):
    goes_with_its_owner = True
    list_display = ("created_at", "webhook", "event", "board", "state", "attempts", "last_problem", "next_at")
    list_filter = ("state", "event", "webhook")
    list_select_related = ("webhook", "board")
    search_fields = ("receiver__target", "board__key")
