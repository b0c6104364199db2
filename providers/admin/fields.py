"""Form fields for lists, typed values and decimals, as people write them. What values may be is said in forms."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from providers.number_fields import AmountField
from providers.plain_values import plain_number
from providers.sheet import Json


def typed(text: str, kind: str) -> Json:
    """What was written, as a value of a parameter's type. Raises ValueError where it is none."""
    if kind in {"string", "file"}:
        return text
    value = json.loads(text.strip(), parse_constant=_no_constant)
    if isinstance(value, bool) != (kind == "boolean") or not isinstance(value, int | float):
        raise ValueError(text)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def written(value: Any) -> str:
    """A value as it stands in an input."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def plain_lines(text: str | None) -> str:
    """Browsers send carriage returns."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")


class TextField(forms.CharField):
    """A text of several lines, kept to the last line end; nothing but white space is nothing."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        text = plain_lines(super().to_python(value))
        return text if text.strip() else ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return plain_lines(initial) != self.to_python(data)


class ValueField(forms.CharField):
    """One value without quotes; its type is the form's business."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=False, **options)

    def prepare_value(self, value: Any) -> str:
        return "" if value is None else written(value)

    def to_python(self, value: Any) -> str:
        return plain_lines(super().to_python(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return plain_lines(self.prepare_value(initial)) != plain_lines(data)


class ValueLinesField(ValueField):
    """Several values, one on each line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 18})

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else "\n".join(map(written, value or ()))


class ListField(forms.CharField):
    """Texts separated by `separator`; empty ones are dropped and the second of a kind too."""

    separator = "\n"

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        joint = self.separator if self.separator == "\n" else f"{self.separator} "
        return value if isinstance(value, str) else joint.join(value or ())

    def to_python(self, value: Any) -> Any:
        parts = (part.strip() for part in plain_lines(super().to_python(value)).split(self.separator))
        return list(dict.fromkeys(part for part in parts if part))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != self.to_python(data)

    def run_validators(self, value: Any) -> None:
        for text in value:
            super().run_validators(text)


class LinesField(ListField):
    """One text on each line."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})


class CommaField(ListField):
    """Texts separated by commas."""

    separator = ","
    widget = forms.TextInput(attrs={"size": 80})


class ChoicesField(forms.MultipleChoiceField):
    """Boxes to tick. What stays ticked keeps its order; what is new comes after it."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, choices: Mapping[str, str] | Iterable[str], **options: Any) -> None:
        pairs = list(choices.items()) if isinstance(choices, Mapping) else [(c, c) for c in choices]
        super().__init__(choices=pairs, required=False, **options)


class TableField(forms.JSONField):
    """A JSON table in one line; empty is an empty table."""

    widget = forms.TextInput(attrs={"class": "vTextField"})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        return "" if value == {} else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        table = super().to_python(value)
        if table is None:
            return {}
        if not isinstance(table, dict):
            raise forms.ValidationError('Not a table; allowed: JSON such as {"quality": "high"}, or nothing.')
        return table


class PlainDecimalField(AmountField):
    """A decimal without the zeros that say nothing."""

    def prepare_value(self, value: Any) -> Any:
        return plain_number(value) if isinstance(value, Decimal) else value
