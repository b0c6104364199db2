"""The vote log, its tallies and its files: to look at. Votes can be taken out of the count, never changed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from arena.admin.parts import UnchangeableAdmin
from arena.integrity.exclude_votes import NothingToExclude, exclude_votes
from arena.models import PairReport, PromptSuggestion, RefusedVote, Tally, Vote, VoteExclusion, VoteFlag, VoteImport
from arena.rating.tallies import OUTCOMES


class ReasonForm(ActionForm):
    """Stands beside the choice of an action."""

    reason = forms.CharField(required=False, max_length=300, label="Reason")


@admin.register(Vote)
class VoteAdmin(UnchangeableAdmin):
    list_display = (
        "number",
        "competition",
        "left",
        "right",
        "criterion",
        "outcome",
        "cast_at",
        "is_counted",
        "vote_import",
    )
    list_filter = ("outcome", "is_counted", "vote_import")
    list_select_related = ("battle__competition", "battle__left_model", "battle__right_model", "vote_import")
    search_fields = ("=number",)
    search_help_text = "The number of a vote."
    ordering = ("-number",)
    action_form = ReasonForm
    actions = ("take_out",)

    def has_exclude_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("arena.add_voteexclusion"))

    @admin.action(description="Exclude from the count", permissions=["exclude"])
    def take_out(self, request: HttpRequest, queryset: QuerySet[Vote]) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "Reason: must say why the votes are excluded.", messages.ERROR)
            return
        try:
            exclusion = exclude_votes(queryset, reason=reason, actor=actor_of(request))
        except NothingToExclude:
            self.message_user(request, "None of these votes counts, so none was excluded.", messages.WARNING)
            return
        self.message_user(request, f"{exclusion.votes:,} votes no longer count.", messages.SUCCESS)

    @admin.display
    def competition(self, vote: Vote) -> str:
        return vote.battle.competition.title

    @admin.display
    def left(self, vote: Vote) -> str:
        return vote.battle.left_model.name

    @admin.display
    def right(self, vote: Vote) -> str:
        return vote.battle.right_model.name


def actor_of(request: HttpRequest) -> Any:
    """Signed in, or the admin would not have come this far."""
    return request.user


@admin.register(Tally)
class TallyAdmin(UnchangeableAdmin):
    list_display = ("left_model", "right_model", "competition", "criterion", *OUTCOMES, "last_vote_number")
    list_display_links = None
    list_filter = ("competition__mode", "criterion")
    list_select_related = ("competition", "left_model", "right_model")
    search_fields = ("competition__title", "left_model__name", "right_model__name")
    ordering = ("-last_vote_number",)


@admin.register(VoteImport)
class VoteImportAdmin(UnchangeableAdmin):
    list_display = ("file_name", "mode", "competition_column", "title", "rows", "created_at", "digest")
    list_filter = ("mode",)
    search_fields = ("file_name", "title", "=digest")
    date_hierarchy = "created_at"


@admin.register(VoteFlag)
class VoteFlagAdmin(UnchangeableAdmin):
    list_display = ("cohort", "subject", "test", "p_value", "votes", "status", "decided_by", "created_at")
    list_filter = ("status", "cohort", "test")
    list_select_related = ("decided_by",)
    search_fields = ("subject",)


@admin.register(VoteExclusion)
class VoteExclusionAdmin(UnchangeableAdmin):
    list_display = ("reason", "votes", "actor", "created_at", "restored_at", "restored_by")
    list_filter = (("restored_at", admin.EmptyFieldListFilter),)
    list_select_related = ("actor", "restored_by")
    search_fields = ("reason",)
    ordering = ("-created_at",)


@admin.register(RefusedVote)
class RefusedVoteAdmin(UnchangeableAdmin):
    list_display = ("received_at", "reason", "outcome", "voter", "network")
    list_filter = ("reason",)
    list_select_related = ("voter",)
    ordering = ("-received_at",)


@admin.register(PairReport)
class PairReportAdmin(UnchangeableAdmin):
    list_display = ("reason", "competition", "created_at", "settled_at")
    list_filter = (("settled_at", admin.EmptyFieldListFilter),)
    list_select_related = ("battle__competition",)
    search_fields = ("reason",)
    ordering = ("-created_at",)

    @admin.display
    def competition(self, report: PairReport) -> str:
        return report.battle.competition.title


@admin.register(PromptSuggestion)
class PromptSuggestionAdmin(UnchangeableAdmin):
    list_display = ("prompt_start", "mode", "status", "created_at")
    list_filter = ("status", "mode")
    search_fields = ("prompt", "note")

    @admin.display(description="prompt")
    def prompt_start(self, suggestion: PromptSuggestion) -> str:
        return str(suggestion)
