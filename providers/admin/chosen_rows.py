"""Fields and widgets that name a row of another table. Django's own ask the database for it, once for each form."""

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple, ForeignKeyRawIdWidget
from django.db.models import Model
from django.forms import BoundField
from django.urls import reverse
from django.utils.text import Truncator

from providers.number_fields import RowField
from providers.plain_values import whole_number


class ChosenRowField(RowField):
    """Its widget is given the row that the form has loaded."""

    def get_bound_field(self, form: Any, field_name: str) -> BoundField:
        widget: Any = getattr(self.widget, "widget", self.widget)
        widget.loaded = form.instance._state.fields_cache.get(field_name)
        return super().get_bound_field(form, field_name)


class ChosenRow(AutocompleteSelect):
    """A row of another table, found by typing. Something that is no id chooses none, and the field says so."""

    loaded: Model | None = None

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        keys = list(filter(_is_key, value))
        if self.loaded is None or [str(key) for key in keys] != [str(self.loaded.pk)]:
            return super().optgroups(name, keys, attr)
        groups = super().optgroups(name, [], attr)
        options, label = groups[0][1], self.choices.field.label_from_instance(self.loaded)
        options.append(self.create_option(name, self.loaded.pk, label, True, len(options)))
        return groups


class ChosenRows(AutocompleteSelectMultiple):
    """The same for several."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, list(filter(_is_key, value)), attr)


class RowByNumber(ForeignKeyRawIdWidget):
    """A row by its number, its name beside it."""

    loaded: Model | None = None

    def label_and_url_for_value(self, value: Any) -> tuple[str, str]:
        if self.loaded is None or str(self.loaded.pk) != str(value):
            return super().label_and_url_for_value(value)
        page = f"{self.admin_site.name}:{self.loaded._meta.app_label}_{self.loaded._meta.model_name}_change"
        return Truncator(str(self.loaded)).words(14), reverse(page, args=(self.loaded.pk,))


def _is_key(value: Any) -> bool:
    return whole_number(str(value)) is not None
