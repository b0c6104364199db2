"""What the nightly look, the gates and visitors left for an operator; decisions are taken at /ops."""

from django.contrib import admin

from arena.admin.parts import UnchangeableAdmin
from arena.models import PairReport, PromptSuggestion, RefusedVote, VoteExclusion, VoteFlag


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
