"""The fields of a filter bar as `templates/components/filter_bar.html` takes them."""

from collections.abc import Iterable
from typing import Any

Option = tuple[str, str]


def select_field(
    name: str, label: str, value: str, options: Iterable[Option], *, unset: str = "", neutral: str = ""
) -> dict[str, Any]:
    """`options` are values with their words; `unset` is the word for no value, `neutral` a value that filters nothing.

    A value that is none of the options stays choosable, so that the form sends what the address says.
    """
    choices = [*([("", f"{label}: {unset}")] if unset else []), *options]
    if value and value not in {option for option, _ in choices}:
        choices.append((value, value))
    return {
        "name": name,
        "label": label,
        "kind": "select",
        "value": value,
        "options": choices,
        **({"neutral": neutral} if neutral else {}),
    }
