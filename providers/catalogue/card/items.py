"""Lines under a heading: labelled bullets, blocks, and the small values they hold (counts, sizes, lists, modes)."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from providers.catalogue.card.errors import CardError
from providers.catalogue.card.outline import LABELS, Section
from providers.modes import IMAGE_EDIT, MODE_LABELS, TEXT_TO_IMAGE
from providers.names import shown

MODES_BY_LABEL = {
    **{label: mode for mode, label in MODE_LABELS.items()},
    "Text-to-Image": TEXT_TO_IMAGE,
    "Image Editing": IMAGE_EDIT,
}


@dataclass(frozen=True)
class Labelled:
    """Bullets of the form `- Label: value`, in order, with the place they stand for error messages."""

    section: str
    block: str
    pairs: tuple[tuple[str, str], ...]

    def all(self, label: str) -> tuple[str, ...]:
        """Every value under a label."""
        return tuple(value for found, value in self.pairs if found == label)

    def one(self, label: str) -> str:
        """The value of a label that must be there."""
        value = self.maybe(label)
        if not value:
            raise CardError(self.section, self.place(label), "missing; expected exactly one such line with a value")
        return value

    def maybe(self, label: str) -> str:
        """The value of a label that may be missing, then empty."""
        values = self.all(label)
        if len(values) > 1:
            raise CardError(self.section, self.place(label), f"stands {len(values)} times; expected at most once")
        return values[0] if values else ""

    def place(self, label: str) -> str:
        """The label with its block's title."""
        return f"{self.block}, {label}" if self.block else label


@dataclass(frozen=True)
class Block:
    """A `### ` heading with the items under it; the items before the first heading have an empty title."""

    title: str
    items: tuple[str, ...]


def labelled(section: str, items: tuple[str, ...], block: str = "") -> Labelled:
    """Read bullets whose labels the section knows; anything else is refused."""
    known = LABELS[section]
    pairs = []
    for item in items:
        match = re.fullmatch(r"- ([^:]+):\s*(.*)", item)
        if not match or match[1] not in known:
            raise CardError(section, block, f"unknown item {shown(item)}; known are {', '.join(known)}")
        pairs.append((match[1], match[2].strip()))
    return Labelled(section, block, tuple(pairs))


def blocks(section: Section) -> tuple[str, tuple[Block, ...]]:
    """What stands before the first `### ` heading, and the blocks under such headings."""
    preamble: list[str] = []
    found: list[tuple[str, list[str]]] = []
    for item in section.items():
        if item.startswith("### "):
            found.append((item[4:].strip(), []))
        elif found:
            found[-1][1].append(item)
        elif item.startswith("- "):
            raise CardError(section.title, shown(item), "stands before the first '### ' heading; expected under one")
        else:
            preamble.append(item)
    return " ".join(preamble), tuple(Block(title, tuple(items)) for title, items in found)


def words(text: str) -> tuple[str, ...]:
    """A list written with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def modes(section: str, item: str, text: str) -> tuple[str, ...]:
    """Modes written by their labels."""
    for label in words(text):
        if label not in MODES_BY_LABEL:
            raise CardError(section, item, f"unknown mode {shown(label)}; known are {', '.join(MODE_LABELS.values())}")
    return tuple(MODES_BY_LABEL[label] for label in words(text))


def whole(section: str, item: str, text: str, suffix: str = "") -> int:
    """A whole number, thousands perhaps grouped by commas, with the unit it must carry."""
    number = text.removesuffix(suffix) if suffix else text
    if (suffix and number == text) or not re.fullmatch(r"\d{1,15}|\d{1,3}(,\d{3}){1,4}", number, re.ASCII):
        raise CardError(
            section, item, f"expected a whole number{f' with {suffix}' if suffix else ''}, found {shown(text)}"
        )
    return int(number.replace(",", ""))


def percentage(section: str, item: str, text: str) -> Decimal:
    """A percentage from 0 to 100 with at most one decimal."""
    match = re.fullmatch(r"(\d{1,3}(?:\.\d)?)%", text, re.ASCII)
    if not match or Decimal(match[1]) > 100:
        raise CardError(section, item, f"expected a percentage from 0% to 100.0%, found {shown(text)}")
    return Decimal(match[1])


def day(section: str, item: str, text: str) -> date:
    """A date written YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CardError(section, item, f"expected a date as YYYY-MM-DD, found {shown(text)}") from None


def slug_for(name: str) -> str:
    """A slug for a name: ASCII letters and digits in lower case, joined by hyphens."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")
