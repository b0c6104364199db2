"""What several screens of the catalogue share: safe saving, read-only rows, filters on lists, links in a cell."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError, IntegrityError
from django.db.models import Count, F, Field, Func, Model, OuterRef, QuerySet, Subquery, URLField, Value
from django.db.models.fields import IntegerField, TextField
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from providers.accounts.sealing import seal
from providers.admin.chosen_rows import ChosenRow, ChosenRowField, ChosenRows, RowByNumber
from providers.admin.deletions import MOST_COUNTED, MOST_NAMED, consequences
from providers.catalogue.plan import database_message, lock_catalogue
from providers.number_fields import OF_COLUMNS, RowsField, may_be_key
from providers.sheet import MODE_LABELS
from providers.webhooks.signing import new_secret

ABSENT = "–"
FIELDS: Mapping[type[Field], Mapping[str, Any]] = {**OF_COLUMNS, URLField: {"assume_scheme": "https"}}
SECRET_BYTES = 32


class OperatorForms:
    """For every form at /admin, inlines too: Django's own fields and widgets take or ask the database for any text."""

    autocomplete_fields: ClassVar[Any] = ()
    raw_id_fields: ClassVar[Any] = ()
    formfield_overrides = FIELDS
    admin_site: Any

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name in self.autocomplete_fields:
            options["widget"] = ChosenRow(db_field, self.admin_site)
        elif db_field.name in self.raw_id_fields:
            options["widget"] = RowByNumber(db_field.remote_field, self.admin_site)
        options.setdefault("form_class", ChosenRowField)
        return super().formfield_for_foreignkey(db_field, request, **options)  # type: ignore[misc]  # a mixin

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name in self.autocomplete_fields:
            options["widget"] = ChosenRows(db_field, self.admin_site)
        options.setdefault("form_class", RowsField)
        return super().formfield_for_manytomany(db_field, request, **options)  # type: ignore[misc]  # a mixin


class OperatorAdmin(OperatorForms, admin.ModelAdmin):
    """What the database refuses after all is said, not thrown: a row on a form, a filter of a list."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (IntegrityError, DataError) as error:
            self.message_user(request, f"Nothing was saved. {database_message(error)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def get_ordering(self, request: HttpRequest) -> Any:
        # Django drops the model's own order from lists with counts, and pages of them then overlap
        return self.ordering or self.opts.ordering or ("-pk",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """With the rows that its form names, which would be asked for one by one."""
        columns = self.model._meta
        column = columns.get_field(from_field) if from_field else columns.pk
        if column is None or not may_be_key(column, object_id):
            return None
        chosen = [name for name in (*self.autocomplete_fields, *self.raw_id_fields) if columns.get_field(name).concrete]
        single = [name for name in chosen if not columns.get_field(name).many_to_many]
        rows = self.get_queryset(request)
        return (rows.select_related(*single) if single else rows).filter(**{column.name: object_id}).first()

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, Any], set[str], list[Any]]:
        """The chosen rows by name, what goes with them by number."""
        chosen = list(objs)
        found = consequences(self.model, [one.pk for one in chosen])
        gone = {self.model: len(chosen), **found.deleted}
        screens = self.admin_site._registry
        refusing = [
            table
            for table in gone
            if table in screens
            and not getattr(screens[table], "goes_with_its_owner", False)
            and not screens[table].has_delete_permission(request)
        ]
        stays = [table for table in refusing if isinstance(screens[table], ReadOnly) and table is not self.model]
        lacking = {str(table._meta.verbose_name) for table in refusing if table not in stays}
        counts = {str(table._meta.verbose_name_plural): number_or_many(number) for table, number in gone.items()}
        return (
            named(self.model, chosen, len(chosen)),
            counts,
            lacking,
            [
                *(
                    f"{counts[str(table._meta.verbose_name_plural)]} {table._meta.verbose_name_plural}"
                    for table in stays
                ),
                *(
                    line
                    for table, number in found.protected.items()
                    for line in named(table, found.named[table], number)
                ),
            ],
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except DataError:
            # Django's own answer to a filter that cannot be looked up
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")


class CatalogueAdmin(OperatorAdmin):
    """Writes under the lock that imports hold. `page` of a list leads to the public page."""

    list_per_page = 50
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        lock_catalogue()
        super().save_model(request, obj, form, change)

    @admin.display(description="page")
    def page(self, row: Any) -> SafeString:
        return page_link(self.get_view_on_site_url(row) or "")


class Unchangeable:
    """What happened: rows that are read and deleted, never written by hand. For screens and inlines."""

    extra: int = 0
    can_delete: bool = False

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False


class ReadOnly(Unchangeable):
    """Rows that can be looked at and nothing else; nothing that they belong to can be deleted either, unless the screen
    says that they go with it.
    """

    goes_with_its_owner: bool = False

    def has_delete_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False


class ListFilter(admin.SimpleListFilter):
    """Rows whose list holds a value."""

    column: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.column}__contains": [self.value()]}) if self.value() else queryset


class ModeFilter(ListFilter):
    title, parameter_name, column = "mode", "mode", "modes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return MODE_LABELS.items()


class TagFilter(ListFilter):
    title, parameter_name, column = "tag", "tag", "tags"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        tag = Func(F("tags"), function="unnest", output_field=TextField())
        tags = model_admin.model.objects.annotate(tag=tag).order_by("tag").values_list("tag", flat=True).distinct()
        return [(tag, tag) for tag in tags]


def row_count(rows: QuerySet[Any], column: str) -> Coalesce:
    """How many of `rows` point at the outer row by `column`, without joining them in."""
    counted = rows.filter(**{column: OuterRef("pk")}).order_by().values(column).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def list_link(name: str, column: str, row: Model, number: int) -> str | SafeString:
    """A number that leads to the rows it counts."""
    if not number:
        return "0"
    return format_html(
        '<a href="{}?{}={}">{}</a>', reverse(f"admin:providers_{name}_changelist"), column, row.pk, number
    )


def number_or_many(number: int) -> str:
    """Of rows that are counted up to a bound."""
    return f"{number:,}" if number <= MOST_COUNTED else f"over {MOST_COUNTED:,}"


def named(table: type[Model], rows: Sequence[Any], number: int) -> list[str]:
    """A line for each of the first rows, and one for the others."""
    lines = [f"{str(table._meta.verbose_name).capitalize()}: {row}" for row in rows[:MOST_NAMED]]
    left, bound = number - len(lines), "over " if number > MOST_COUNTED else ""
    return [*lines, f"and {bound}{left - bool(bound):,} more {table._meta.verbose_name_plural}"] if left > 0 else lines


def page_link(url: str, text: str = "open") -> SafeString:
    """A link to the public page."""
    return format_html('<a href="{}">{}</a>', url, text)


def listed(texts: Iterable[str]) -> str:
    """Texts in one cell."""
    return ", ".join(texts) or ABSENT


def mode_labels(row: Any) -> str:
    """Modes by the names people read."""
    return listed(MODE_LABELS.get(mode, mode) for mode in row.modes)


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
