"""Rows below the row they belong to: they know it without a query, and of many there is a page at a time."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from providers.admin.parts import OperatorForms
from providers.plain_values import whole_number

# forms of so many rows are read back within Django's bound on fields
PER_PAGE: Final = 50
PARAMETER: Final = "rows"


class ChildFormSet(forms.BaseInlineFormSet):
    """Names of rows often name their parent, which Django reads again for each."""

    def _construct_form(self, i: int, **options: Any) -> Any:
        form = super()._construct_form(i, **options)  # type: ignore[misc]  # no stub has it
        if self.instance.pk is not None:
            setattr(form.instance, self.fk.name, self.instance)
        return form


class PagedFormSet(ChildFormSet):
    """`number` is the page asked for; `total` is known where there are several."""

    number: int = 1
    total: int | None = None

    def get_queryset(self) -> Any:
        if not hasattr(self, "_queryset"):
            rows, start = super().get_queryset(), (self.number - 1) * PER_PAGE
            found = list(rows[start : start + PER_PAGE + 1])
            if self.number > 1 or len(found) > PER_PAGE:
                self.total = rows.count()
            self._queryset = found[:PER_PAGE]
        return self._queryset

    @property
    def first(self) -> int:
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.get_queryset()) - 1

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.total and self.last < self.total else None


class RowsInline(OperatorForms, admin.TabularInline):
    """Rows of a list below their model, untitled."""

    formset = ChildFormSet
    classes = ("untitled-rows",)
    extra = 0


class PagedInline(OperatorForms, admin.TabularInline):
    """Rows of which there may be thousands; the query `rows` is the page."""

    formset = PagedFormSet
    template = "admin/paged_rows.html"
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        made: Any = super().get_formset(request, obj, **options)
        made.number = whole_number(request.GET.get(PARAMETER, ""), 1, 1_000_000) or 1
        return made
