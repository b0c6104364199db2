"""Forms that refuse what a catalogue file is refused for, beside the field, and one that says how rows are ordered."""

import re
from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from providers.admin.fields import ChoicesField, PlainDecimalField, TableField, TextField, ValueField, ValueLinesField
from providers.admin.fields import typed as typed_value
from providers.admin.inlines import ChildFormSet
from providers.catalogue.checks import Part, problems_in
from providers.catalogue.field_rules import SCALAR_NAMES
from providers.number_fields import WholeNumberField
from providers.pricing.choice import overlapping
from providers.sheet import MODE_LABELS, EndpointSheet, Named, ParameterSheet, PriceSheet

MODES_FIELD = {"choices": MODE_LABELS}


class CheckedForm(forms.ModelForm):
    """Builds the sheet's part from what was typed and puts each of its problems beside its field."""

    part: ClassVar[type[Part]]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if isinstance(field, ChoicesField) and name in values:
                values[name] = _in_old_order(self.initial.get(name), values[name])
        if not self.errors:
            for problem in problems_in(self.read_part(values)):
                name = re.split(r"[.\[]", problem.field)[0]
                message = f"{problem.found}; allowed: {problem.allowed}"
                self.add_error(name if name in self.fields else None, message)
        return values

    def read_part(self, values: dict[str, Any]) -> Part:
        """What the form says, as a part of a sheet."""
        names = {field.name for field in fields(self.part)}
        said = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if name in names
        }
        return self.part(**{**said, **self.related(values)})

    def related(self, values: dict[str, Any]) -> dict[str, Any]:
        """The rows chosen, which a sheet holds as values."""
        return {}


def _in_old_order(old: Iterable[str] | None, ticked: Iterable[str]) -> list[str]:
    wanted = list(ticked)
    stayed = [value for value in old or () if value in wanted]
    return [*stayed, *(value for value in wanted if value not in stayed)]


def named(row: Any) -> Named:
    """A creator, family or provider as a value."""
    return Named(slug=row.slug, name=row.name)


class OrderedForm(CheckedForm):
    """A row of an ordered list; without a position it goes to the end."""

    position = WholeNumberField(
        required=False,
        min_value=0,
        max_value=32_767,
        widget=forms.NumberInput(attrs={"class": "vSmallField", "size": 3}),
        help_text="Order in the list; empty puts it last.",
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.instance.pk is None:
            self.initial["position"] = None


class OrderedFormSet(ChildFormSet):
    """Gives new rows their place and asks for the choices of a column once, not once per row."""

    # Columns whose choices are few enough to be listed.
    listed_columns = ("provider", "only_through")

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        for name in self.listed_columns:
            field = form.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.choices = self._choices(field)
                _without_icons(field.widget)

    def _choices(self, field: forms.ModelChoiceField) -> list[Any]:
        """Shared by all lists of one page: they hang on the same row."""
        known, rows = self.instance.__dict__.setdefault("known_choices", {}), field.iterator(field)
        if rows.queryset.model not in known:
            known[rows.queryset.model] = [rows.choice(row) for row in rows.queryset]
        empty = [] if field.empty_label is None else [("", field.empty_label)]
        return [*empty, *known[rows.queryset.model]]

    def remaining_forms(self) -> list[forms.ModelForm]:
        """Forms whose rows will stand after saving and that are right by themselves."""
        return [
            form
            for form in self.forms
            if form.is_valid() and (form.instance.pk or form.has_changed()) and not form.cleaned_data.get("DELETE")
        ]

    def clean(self) -> None:
        super().clean()
        remaining = self.remaining_forms()
        last = max((form.cleaned_data.get("position") or 0 for form in remaining), default=0)
        for place, form in enumerate((f for f in remaining if f.cleaned_data.get("position") is None), start=1):
            form.instance.position = min(last + place, 32_767)


def _without_icons(widget: Any) -> None:
    """In a table the links beside a choice take more room than the choice."""
    for name in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
        setattr(widget, name, False)


class PriceForm(OrderedForm):
    part = PriceSheet

    amount_usd = PlainDecimalField(max_digits=18, decimal_places=9, label="Amount, USD")
    unit_size = PlainDecimalField(max_digits=18, decimal_places=6, initial=1, label="For each")
    minimum = PlainDecimalField(
        max_digits=18, decimal_places=6, initial=0, help_text="Fewest units billed for one request."
    )
    conditions = TableField(
        help_text='For example {"quality": "high"}; a list holds for any of its values; empty holds always.'
    )

    def validate_constraints(self) -> None:
        """Left to the part's checks and the formset: here a row that is just being closed would still count."""


class PriceFormSet(OrderedFormSet):
    """One open price for each metric, direction and condition."""

    def clean(self) -> None:
        super().clean()
        seen: list[PriceSheet] = []
        for form in self.remaining_forms():
            price = form.instance
            if price.valid_to is not None or not price.condition_stated:
                continue
            sheet = PriceSheet(
                metric=price.metric,
                amount_usd=Decimal(0),
                direction=price.direction,
                conditions=price.conditions,
            )
            if overlapping(sheet, seen):
                form.add_error(
                    "metric",
                    f"A second open price per {price.metric} ({price.direction}) with the same conditions;"
                    " allowed: one. Give the old one an end, or say under which condition each holds.",
                )
            seen.append(sheet)


class ParameterForm(OrderedForm):
    part = ParameterSheet

    description = TextField(required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 28}))
    default = ValueField(widget=forms.TextInput(attrs={"size": 10}))
    values = ValueLinesField(label="Allowed values", help_text="One on each line; empty allows any.")
    modes = ChoicesField(**MODES_FIELD)
    required_modes = ChoicesField(**MODES_FIELD, label="Required in")

    def clean(self) -> dict[str, Any]:
        if "type" in self.cleaned_data:
            self._take_typed("default", [self.cleaned_data.get("default", "")], is_list=False)
            self._take_typed("values", self.cleaned_data.get("values", "").split("\n"), is_list=True)
        return super().clean()

    def _take_typed(self, name: str, texts: list[str], *, is_list: bool) -> None:
        """What was not touched stays exactly as it is stored."""
        if self.instance.pk and not {name, "type"} & set(self.changed_data):
            self.cleaned_data[name] = self.initial.get(name)
            return
        kind = self.cleaned_data["type"]
        try:
            found = [typed_value(text, kind) for text in texts if text.strip()]
        except ValueError:
            self.add_error(name, f"Not of the type {kind}; allowed: {SCALAR_NAMES.get(kind, 'text')}.")
            return
        self.cleaned_data[name] = found if is_list else next(iter(found), None)

    def related(self, values: dict[str, Any]) -> dict[str, Any]:
        through = values.get("only_through")
        return {"only_through": through.slug if through else ""}


class EndpointForm(OrderedForm):
    part = EndpointSheet

    modes = ChoicesField(**MODES_FIELD)

    def related(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"provider": named(values["provider"])}
