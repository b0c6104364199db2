"""Competitions, their categories, entries and pictures."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import BigIntegerField, Count, F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.safestring import SafeString

from arena.admin.parts import UnchangeableAdmin, picture, recompute_on_commit, record
from arena.admin.uploads import CompetitionForm, EntryForm
from arena.boards.ensure_boards import ensure_boards
from arena.competitions import change_competitions
from arena.competitions.change_competitions import delete_categories, delete_competitions
from arena.models import Board, Category, Competition, Entry, Snapshot, StoredImage
from arena.rating.criteria import OVERALL
from providers.admin.inlines import PagedInline
from providers.admin.parts import OperatorAdmin, page_link

VOTES = Snapshot.objects.filter(board__competition=OuterRef("pk"), board__criterion=OVERALL, is_current=True).values(
    "votes"
)[:1]


class EntryInline(PagedInline):
    model = Entry
    form = EntryForm
    fields = ("image_shown", "model", "upload", "image", "endpoint", "status", "record")
    readonly_fields = ("image_shown", "record")
    autocomplete_fields = ("model", "endpoint")
    raw_id_fields = ("image",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return super().get_queryset(request).select_related("model", "image", "endpoint").order_by("model__name", "id")

    @admin.display(description="")
    def image_shown(self, entry: Entry) -> str | SafeString:
        return picture(entry.image)

    @admin.display(description="record")
    def record(self, entry: Entry) -> str:
        return record(entry)


@admin.register(Competition)
class CompetitionAdmin(OperatorAdmin):
    form = CompetitionForm
    list_display = (
        "title",
        "mode",
        "status",
        "visibility",
        "in_categories",
        "entries",
        "votes",
        "is_imported",
        "is_demo",
        "page",
    )
    list_filter = ("status", "visibility", "mode", "categories", "is_imported", "is_demo")
    search_fields = ("title", "prompt", "public_id")
    autocomplete_fields = ("categories",)
    raw_id_fields = ("source_image", "study")
    readonly_fields = ("public_id", "is_imported", "is_demo", "created_at", "page", "source_shown")
    fieldsets = (
        (None, {"fields": ("title", "mode", "study", "status", "visibility", "prompt", "categories")}),
        ("Source image", {"fields": ("source_shown", "upload", "source_image")}),
        ("Identity", {"fields": ("public_id", "page", "is_imported", "is_demo", "created_at")}),
    )
    date_hierarchy = "created_at"
    inlines = (EntryInline,)
    actions = ("open_selected", "close_selected", "recompute_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Competition]:
        return (
            super()
            .get_queryset(request)
            .prefetch_related("categories")
            .annotate(
                entry_count=Count("entries", distinct=True),
                vote_count=Coalesce(Subquery(VOTES, output_field=BigIntegerField()), 0),
            )
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        # nobody else sees a new one until the operator opens it, as from the page of operations
        return {"status": "draft", **super().get_changeform_initial_data(request)}

    @admin.display(description="categories")
    def in_categories(self, competition: Competition) -> str:
        return ", ".join(category.name for category in competition.categories.all())

    @admin.display(ordering="entry_count")
    def entries(self, competition: Any) -> int:
        return competition.entry_count

    @admin.display(ordering="vote_count")
    def votes(self, competition: Any) -> int:
        return competition.vote_count

    @admin.display(description="")
    def source_shown(self, competition: Competition) -> str | SafeString:
        return picture(competition.source_image)

    @admin.display(description="page")
    def page(self, competition: Competition) -> str | SafeString:
        return page_link(competition.get_absolute_url()) if competition.pk else ""

    def get_readonly_fields(self, request: HttpRequest, obj: Competition | None = None) -> list[str]:
        # its votes, and the boards they count on, are of this mode
        return [*self.readonly_fields, *(["mode"] if obj else [])]

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        recompute_on_commit(ensure_boards([form.instance.pk]))

    def get_deleted_objects(
        self, objs: Iterable[Competition], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Counts instead of every vote by name."""
        chosen = list(self.get_queryset(request).filter(pk__in=[competition.pk for competition in objs]))
        lines = [f"{row}: {self.entries(row)} entries, {self.votes(row):,} votes, its board" for row in chosen]
        counts = {
            "competitions": len(chosen),
            "entries": sum(map(self.entries, chosen)),
            "votes": sum(map(self.votes, chosen)),
        }
        return lines, counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Competition) -> None:
        delete_competitions([obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Competition]) -> None:
        delete_competitions(list(queryset.values_list("pk", flat=True)))

    @admin.action(description="Open for votes", permissions=["change"])
    def open_selected(self, request: HttpRequest, queryset: QuerySet[Competition]) -> None:
        changed = change_competitions.open_competitions(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{changed} competitions opened.", messages.SUCCESS)

    @admin.action(description="Close", permissions=["change"])
    def close_selected(self, request: HttpRequest, queryset: QuerySet[Competition]) -> None:
        changed = change_competitions.close_competitions(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{changed} competitions closed.", messages.SUCCESS)

    @admin.action(description="Compute their boards now", permissions=["change"])
    def recompute_selected(self, request: HttpRequest, queryset: QuerySet[Competition]) -> None:
        boards = ensure_boards(list(queryset.values_list("pk", flat=True)))
        recompute_on_commit(boards)
        self.message_user(request, f"{len(boards)} boards are brought up to date.", messages.SUCCESS)


@admin.register(Category)
class CategoryAdmin(OperatorAdmin):
    list_display = ("name", "mode", "slug", "position", "competition_count", "page")
    list_editable = ("position",)
    list_filter = ("mode", "is_demo")
    search_fields = ("name", "slug")
    readonly_fields = ("public_id", "is_demo")
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        own = Prefetch("boards", Board.objects.filter(criterion=OVERALL), to_attr="board")
        return super().get_queryset(request).prefetch_related(own).annotate(members=Count("competitions"))

    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        delete_categories([obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Category]) -> None:
        delete_categories(list(queryset.values_list("pk", flat=True)))

    @admin.display(description="competitions", ordering="members")
    def competition_count(self, category: Any) -> int:
        return category.members

    @admin.display(description="board")
    def page(self, category: Any) -> str | SafeString:
        return page_link(category.board[0].get_absolute_url()) if category.board else ""


@admin.register(Entry)
class EntryAdmin(OperatorAdmin):
    form = EntryForm
    list_display = ("image_shown", "model", "competition", "status", "record", "strength", "endpoint", "simulated")
    list_display_links = ("image_shown", "model")
    list_filter = ("status", "simulated", "competition__mode", "model__creator")
    list_select_related = ("image", "model", "competition", "endpoint")
    search_fields = ("public_id", "model__name", "model__slug", "competition__title")
    autocomplete_fields = ("competition", "model", "endpoint")
    raw_id_fields = ("image",)
    readonly_fields = ("public_id", "image_shown", "record", "created_at")
    actions = ("show_selected", "retire_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        points, battles = F("wins") * 2.0 + F("ties") + 2.0, F("wins") + F("losses") + F("ties") + 2.0
        return super().get_queryset(request).annotate(share=points / (battles * 2.0))

    @admin.display(description="")
    def image_shown(self, entry: Entry) -> str | SafeString:
        return picture(entry.image)

    @admin.display(description="record", ordering="wins")
    def record(self, entry: Entry) -> str:
        return record(entry)

    @admin.display(description="strength", ordering="share")
    def strength(self, entry: Any) -> str:
        return f"{entry.share:.0%}"

    @admin.action(description="Make live", permissions=["change"])
    def show_selected(self, request: HttpRequest, queryset: QuerySet[Entry]) -> None:
        changed = change_competitions.show_entries(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{changed} entries are live.", messages.SUCCESS)

    @admin.action(description="Retire", permissions=["change"])
    def retire_selected(self, request: HttpRequest, queryset: QuerySet[Entry]) -> None:
        changed = change_competitions.retire_entries(list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{changed} entries retired.", messages.SUCCESS)


@admin.register(StoredImage)
class StoredImageAdmin(UnchangeableAdmin):
    list_display = ("image_shown", "sha256", "size", "size_bytes", "created_at")
    search_fields = ("sha256",)

    @admin.display(description="")
    def image_shown(self, image: StoredImage) -> str | SafeString:
        return picture(image)

    @admin.display(description="pixels")
    def size(self, image: StoredImage) -> str:
        return f"{image.width_px} × {image.height_px}"
