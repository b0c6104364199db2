"""Names short enough to stand beside a chart. Pure."""

from collections.abc import Mapping
from typing import Final

LONGEST: Final = 40


def short_labels(names: Mapping[str, str]) -> dict[str, str]:
    """The same keys with names of at most 40 characters, cut with dots; different keys keep different labels."""
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for key, name in names.items():
        label, number = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…", 1
        while label in taken:
            number += 1
            label = f"{name[: LONGEST - 6]}… ({number})"
        labels[key] = label
        taken.add(label)
    return labels
