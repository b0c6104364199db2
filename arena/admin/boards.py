"""Boards, what is kept off them, and their computed snapshots."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.utils.safestring import SafeString

from arena.admin.parts import UnchangeableAdmin, recompute_on_commit, record
from arena.boards.rank_webhooks import send_test
from arena.models import Board, BoardExclusion, BoardMessage, BoardWebhook, Snapshot, Standing
from arena.models.boards import HEAVY
from arena.rating.criteria import OVERALL
from providers.admin.inlines import PagedInline
from providers.admin.parts import ABSENT, OperatorAdmin, ReadOnly, WebhookSecrets, page_link


class ExclusionInline(PagedInline):
    model = BoardExclusion
    fields = ("model", "reason", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("model",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BoardExclusion]:
        return super().get_queryset(request).select_related("model").order_by("model__name", "id")


class SnapshotInline(ReadOnly, PagedInline):
    model = Snapshot
    verbose_name_plural = "current snapshots"
    fields = (
        "method",
        "variant",
        "version",
        "votes",
        "ranked_models",
        "last_vote_number",
        "unfit_models",
        "computed_at",
    )
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        current = super().get_queryset(request).filter(is_current=True).defer(*HEAVY)
        return current.order_by("method", "-variant")


@admin.register(Board)
class BoardAdmin(OperatorAdmin):
    list_display = ("name", "criterion", "kind", "mode", "votes", "ranked", "leader", "computed_at", "page")
    list_filter = ("kind", "mode", "criterion")
    list_select_related = ("category", "competition")
    search_fields = ("key", "competition__title", "category__name")
    fields = ("key", "criterion", "kind", "mode", "page")
    readonly_fields = fields
    inlines = (ExclusionInline, SnapshotInline)
    actions = ("recompute_selected",)
    goes_with_its_owner = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Board | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Board]:
        leaders = Standing.objects.filter(position=1).select_related("model")
        current = Snapshot.objects.current_headline().defer(*HEAVY)
        current = current.prefetch_related(Prefetch("standings", leaders, to_attr="leaders"))
        return super().get_queryset(request).prefetch_related(Prefetch("snapshots", current, to_attr="headline"))

    @admin.display(ordering="key")
    def name(self, board: Board) -> str:
        return board.title

    @admin.display
    def votes(self, board: Any) -> str:
        return f"{board.headline[0].votes:,}" if board.headline else ABSENT

    @admin.display
    def ranked(self, board: Any) -> str:
        return str(board.headline[0].ranked_models) if board.headline else ABSENT

    @admin.display
    def leader(self, board: Any) -> str:
        leaders = board.headline[0].leaders if board.headline else []
        return leaders[0].model.name if leaders else ABSENT

    @admin.display(description="computed")
    def computed_at(self, board: Any) -> Any:
        return board.headline[0].computed_at if board.headline else ABSENT

    @admin.display(description="page")
    def page(self, board: Board) -> str | SafeString:
        return page_link(board.get_absolute_url()) if board.criterion == OVERALL else ABSENT

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        recompute_on_commit([form.instance.pk])

    @admin.action(description="Compute now", permissions=["change"])
    def recompute_selected(self, request: HttpRequest, queryset: QuerySet[Board]) -> None:
        boards = list(queryset.values_list("pk", flat=True))
        recompute_on_commit(boards)
        self.message_user(request, f"{len(boards)} boards are brought up to date.", messages.SUCCESS)


class StandingInline(ReadOnly, PagedInline):
    model = Standing
    fields = ("position", "model", "rating", "lower", "upper", "rank", "rank_best", "rank_worst", "record")
    readonly_fields = ("record",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Standing]:
        return super().get_queryset(request).select_related("model")

    @admin.display(description="record")
    def record(self, standing: Standing) -> str:
        return record(standing)


@admin.register(Snapshot)
class SnapshotAdmin(UnchangeableAdmin):
    goes_with_its_owner = True
    list_display = (
        "board",
        "method",
        "variant",
        "votes",
        "ranked_models",
        "last_vote_number",
        "computed_at",
        "is_current",
    )
    list_filter = ("is_current", "method", "variant", "board__kind")
    list_select_related = ("board",)
    search_fields = ("board__key", "board__competition__title", "=digest")
    date_hierarchy = "computed_at"
    inlines = (StandingInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).defer(*HEAVY)


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
