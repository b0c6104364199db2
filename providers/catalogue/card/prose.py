"""Prose and lists of a card: items read, descriptions made clean, the About text given its lines back."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from providers.catalogue.card.errors import CardError
from providers.catalogue.card.outline import LABELS, Section
from providers.names import shown
from providers.sheet import IMAGE_EDIT, MODE_LABELS, TEXT_TO_IMAGE

USUAL_HEADINGS: Final = ("Overview", "Strengths", "Limitations", "Technical Background", "Best For")
JOINING_WORDS: Final = frozenset({"and", "or", "of", "for", "the", "to", "in", "on", "with", "a", "an", "vs", "&"})
LONGEST_HEADING_WORDS: Final = 6


def flat(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def unescaped(text: str) -> str:
    """The text without the backslashes that keep its punctuation from being markup (CommonMark 2.4)."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def clean_description(text: str) -> str:
    """A description with one full stop at its end, unless it asks or exclaims; the printer's and its own are merged."""
    body = text.strip().rstrip(".").rstrip()
    if not body:
        return ""
    return body if body[-1] in "!?…" else f"{body}."


def restore_markdown(text: str) -> str:
    """Give flattened Markdown its headings, paragraphs and bullets back; flattened again, it is the same text."""
    pieces = re.split(r"(?:^| )(?=#{2,6} \S)", flat(text))
    paragraphs: list[str] = []
    for piece in pieces:
        if piece.startswith("##"):
            heading, body = _heading_and_body(piece)
            paragraphs.append(heading)
        else:
            body = piece
        paragraphs += _paragraphs(body)
    return "\n\n".join(paragraphs)


def _heading_and_body(piece: str) -> tuple[str, str]:
    hashes, _, rest = piece.partition(" ")
    for usual in USUAL_HEADINGS:
        if rest == usual or rest.startswith(f"{usual} "):
            return f"{hashes} {usual}", rest[len(usual) + 1 :]
    before_list = re.split(r" (?=\* )", rest, maxsplit=1)
    if len(before_list) == 2 and len(before_list[0].split()) <= LONGEST_HEADING_WORDS:
        return f"{hashes} {before_list[0]}", before_list[1]
    words = rest.split(" ")
    size = _heading_size(words)
    return f"{hashes} {' '.join(words[:size])}", " ".join(words[size:])


def _heading_size(words: list[str]) -> int:
    """How many words an unusual heading has: its capitalised run, less the word that begins the sentence after it."""
    size = 0
    for word in words[: LONGEST_HEADING_WORDS + 1]:
        if not (word[:1].isupper() or word.lower() in JOINING_WORDS):
            break
        size += 1
    if size == len(words):
        return size
    last = _without_joining(words, size) - 1
    return max(1, _without_joining(words, last))


def _without_joining(words: list[str], size: int) -> int:
    while size > 1 and words[size - 1] in JOINING_WORDS:
        size -= 1
    return size


def _paragraphs(body: str) -> list[str]:
    if not body:
        return []
    parts = re.split(r"(?:^|(?<!\d) )(?=\* (?!\d)\S)", body)
    lead, bullets = ("", parts) if parts[0].startswith("* ") else (parts[0], parts[1:])
    bullets = [bullet for bullet in bullets if bullet]
    return [part for part in (lead, "\n".join(bullets)) if part]


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
