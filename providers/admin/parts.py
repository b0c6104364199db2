"""What several screens of the catalogue share: safe saving, read-only rows, filters on lists, links in a cell."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
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
from providers.catalogue.plan import database_message, lock_catalogue
from providers.modes import MODE_LABELS
from providers.number_fields import OF_COLUMNS, RowField, RowsField, may_be_key
from providers.plain_values import whole_number
from providers.webhooks.signing import new_secret

ABSENT = "–"
FIELDS: Mapping[type[Field], Mapping[str, Any]] = {**OF_COLUMNS, URLField: {"assume_scheme": "https"}}
SECRET_BYTES = 32


class ChosenRow(AutocompleteSelect):
    """A row of another table, found by typing. Something that is no id chooses none, and the field says so."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, list(filter(_is_key, value)), attr)


class ChosenRows(AutocompleteSelectMultiple):
    """The same for several."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, list(filter(_is_key, value)), attr)


def _is_key(value: Any) -> bool:
    return whole_number(str(value)) is not None


class OperatorForms:
    """For every form at /admin, inlines too: Django's own fields and widgets take or ask the database for any text."""

    autocomplete_fields: ClassVar[Any] = ()
    formfield_overrides = FIELDS
    admin_site: Any

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name in self.autocomplete_fields:
            options["widget"] = ChosenRow(db_field, self.admin_site)
        options.setdefault("form_class", RowField)
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
        column = self.model._meta.get_field(from_field) if from_field else self.model._meta.pk
        return super().get_object(request, object_id, from_field) if may_be_key(column, object_id) else None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except DataError:
            # Django's own answer to a filter that cannot be looked up
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")


class RowsInline(OperatorForms, admin.TabularInline):
    """Rows of a list below their model, untitled."""

    classes = ("untitled-rows",)
    extra = 0


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
    """Rows that can be looked at and nothing else."""

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
