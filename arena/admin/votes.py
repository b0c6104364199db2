"""The vote log, its tallies and the files it came from: to look at, never to change by hand."""

from django.contrib import admin

from arena.admin.parts import UnchangeableAdmin
from arena.models import Tally, Vote, VoteImport


@admin.register(Vote)
class VoteAdmin(UnchangeableAdmin):
    list_display = ("number", "competition", "left", "right", "outcome", "cast_at", "is_counted", "vote_import")
    list_filter = ("outcome", "is_counted", "vote_import")
    list_select_related = ("battle__competition", "battle__left_model", "battle__right_model", "vote_import")
    search_fields = ("=number",)
    search_help_text = "The number of a vote."
    ordering = ("-number",)

    @admin.display
    def competition(self, vote: Vote) -> str:
        return vote.battle.competition.title

    @admin.display
    def left(self, vote: Vote) -> str:
        return vote.battle.left_model.name

    @admin.display
    def right(self, vote: Vote) -> str:
        return vote.battle.right_model.name


@admin.register(Tally)
class TallyAdmin(UnchangeableAdmin):
    list_display = ("left_model", "right_model", "competition", "left", "right", "tie", "both_bad", "last_vote_number")
    list_display_links = None
    list_filter = ("competition__mode",)
    list_select_related = ("competition", "left_model", "right_model")
    search_fields = ("competition__title", "left_model__name", "right_model__name")
    ordering = ("-last_vote_number",)


@admin.register(VoteImport)
class VoteImportAdmin(UnchangeableAdmin):
    list_display = ("file_name", "mode", "competition_column", "title", "rows", "created_at", "digest")
    list_filter = ("mode",)
    search_fields = ("file_name", "title", "=digest")
    date_hierarchy = "created_at"
