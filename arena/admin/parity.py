"""Parity boards, entries and votes: to look at. Votes can be taken out of the count and counted again, not changed."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from arena.admin.parts import UnchangeableAdmin
from arena.admin.votes import ReasonForm, actor_of
from arena.models import ParityBoard, ParityEntry, ParityTally, ParityVote, RefusedParityVote
from arena.parity.entries import retire_parity_entries, show_parity_entries
from arena.parity.exclude_votes import exclude_parity_votes, restore_parity_votes


@admin.register(ParityBoard)
class ParityBoardAdmin(UnchangeableAdmin):
    list_display = ("model", "mode", "created_at")
    list_select_related = ("model",)


@admin.register(ParityEntry)
class ParityEntryAdmin(UnchangeableAdmin):
    list_display = ("endpoint", "scene", "status", "simulated", "generated_at")
    list_filter = ("status", "simulated")
    list_select_related = ("endpoint", "scene__competition")
    actions = ("show", "retire")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("arena.change_parityentry"))

    @admin.action(description="Publish held ones", permissions=["decide"])
    def show(self, request: HttpRequest, queryset: QuerySet[ParityEntry]) -> None:
        done = show_parity_entries(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{done:,} published.", messages.SUCCESS)

    @admin.action(description="Retire", permissions=["decide"])
    def retire(self, request: HttpRequest, queryset: QuerySet[ParityEntry]) -> None:
        done = retire_parity_entries(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{done:,} retired.", messages.SUCCESS)


@admin.register(ParityVote)
class ParityVoteAdmin(UnchangeableAdmin):
    list_display = ("number", "left", "right", "outcome", "cast_at", "is_counted", "set_aside", "reason")
    list_filter = ("outcome", "is_counted", "set_aside")
    list_select_related = ("battle__left_endpoint", "battle__right_endpoint")
    search_fields = ("=number",)
    search_help_text = "The number of a parity vote."
    ordering = ("-number",)
    action_form = ReasonForm
    actions = ("take_out", "count_again")

    def has_exclude_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("arena.change_parityvote"))

    @admin.action(description="Exclude from the count", permissions=["exclude"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[ParityVote]) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "Reason: must say why the votes are excluded.", messages.ERROR)
            return
        done = exclude_parity_votes(queryset, reason=reason, actor=actor_of(request))
        self.message_user(request, f"{done:,} votes no longer count.", messages.SUCCESS)

    @admin.action(description="Count again", permissions=["exclude"])
    def count_again(self, request: HttpRequest, queryset: QuerySet[ParityVote]) -> None:
        done = restore_parity_votes(queryset)
        self.message_user(request, f"{done:,} votes count again.", messages.SUCCESS)

    @admin.display
    def left(self, vote: ParityVote) -> str:
        return vote.battle.left_endpoint.key

    @admin.display
    def right(self, vote: ParityVote) -> str:
        return vote.battle.right_endpoint.key


@admin.register(ParityTally)
class ParityTallyAdmin(UnchangeableAdmin):
    list_display = ("scene", "left_endpoint", "right_endpoint", "left", "right", "tie", "both_bad")
    list_select_related = ("scene__competition", "left_endpoint", "right_endpoint")


@admin.register(RefusedParityVote)
class RefusedParityVoteAdmin(UnchangeableAdmin):
    list_display = ("received_at", "reason", "outcome", "battle")
    list_filter = ("reason",)
    list_select_related = ("battle",)
