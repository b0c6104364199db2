"""The form fields for numbers, moments and rows that every form uses, in pages and at /admin alike.

Django's own take `1_0` for 10, and digits of other scripts. Blanks around what was written are let pass.
"""

import re
from collections.abc import Mapping
from string import whitespace
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from providers.plain_values import AMOUNT, WHOLE, whole_number

LONGEST_SHOWN: Final = 40
NUMBER: Final = "the digits 0 to 9, after a minus for less than 0"
# What dates and times are written with in every form that Django reads.
MOMENT: Final = re.compile(r"[0-9A-Za-z:., /+-]{1,64}")


class WrittenPlainly:
    """Looks at what was written before Django reads it; a field of several parts gets them as a list."""

    written: ClassVar[re.Pattern[str]]
    kind: ClassVar[str]
    allowed: ClassVar[str]

    def clean(self, value: Any) -> Any:
        for part in value if isinstance(value, list | tuple) else [value]:
            text = part.strip(whitespace) if isinstance(part, str) else ""
            if text and not self.written.fullmatch(text):
                shown = f"{text[:LONGEST_SHOWN]}…" if len(text) > LONGEST_SHOWN else text
                raise ValidationError(f"“{shown}” is not {self.kind}; allowed: {self.allowed}.", code="invalid")
        return super().clean(value)  # type: ignore[misc]  # a mixin


class WholeNumberField(WrittenPlainly, forms.IntegerField):
    written, kind, allowed = WHOLE, "a whole number", NUMBER


class AmountField(WrittenPlainly, forms.DecimalField):
    written, kind, allowed = AMOUNT, "a number", f"{NUMBER}, with a point before the decimals"


class FractionField(WrittenPlainly, forms.FloatField):
    written, kind, allowed = AMOUNT, "a number", f"{NUMBER}, with a point before the decimals"


class DayField(WrittenPlainly, forms.DateField):
    written, kind, allowed = MOMENT, "a day", "such as 2027-01-31, in the digits 0 to 9"


class ClockField(WrittenPlainly, forms.TimeField):
    written, kind, allowed = MOMENT, "a time", "such as 12:00, in the digits 0 to 9"


class MomentField(WrittenPlainly, forms.DateTimeField):
    written, kind, allowed = MOMENT, "a day and time", "such as 2027-01-31 12:00, in the digits 0 to 9"


class SplitMomentField(WrittenPlainly, forms.SplitDateTimeField):
    written, kind, allowed = MOMENT, "a day or a time", "such as 2027-01-31 and 12:00, in the digits 0 to 9"


class RowField(forms.ModelChoiceField):
    """A row by its number."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value and not _may_name_row(self, value):
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return super().to_python(value)


class RowsField(forms.ModelMultipleChoiceField):
    """Rows by their numbers."""

    def clean(self, value: Any) -> Any:
        for one in value if isinstance(value, list | tuple) else ():
            if isinstance(one, str) and not _may_name_row(self, one):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": one})
        return super().clean(value)


def _may_name_row(field: Any, text: str) -> bool:
    columns = field.queryset.model._meta
    return may_be_key(columns.get_field(field.to_field_name) if field.to_field_name else columns.pk, text)


def may_be_key(column: models.Field, text: str) -> bool:
    """Whether a value of the column may be written so."""
    if isinstance(column, models.IntegerField):
        return whole_number(text) is not None
    try:
        column.to_python(text)
    except ValidationError:
        return False
    return True


# For `formfield_overrides`, where a type is found by its nearest base: Django has a widget for big numbers there.
OF_COLUMNS: Final[Mapping[type[models.Field], Mapping[str, Any]]] = {
    models.IntegerField: {"form_class": WholeNumberField},
    models.BigIntegerField: {"form_class": WholeNumberField},
    models.DecimalField: {"form_class": AmountField},
    models.FloatField: {"form_class": FractionField},
    models.DateField: {"form_class": DayField},
    models.TimeField: {"form_class": ClockField},
    models.DateTimeField: {"form_class": SplitMomentField},
}
