"""The document's skeleton: title, tagline, sections and their items, alike from one flattened line or from many lines.

What an item says is not read here.
"""

import re
from dataclasses import dataclass
from typing import Final

from providers.catalogue.card.errors import CardError
from providers.names import shown

QUICK: Final = "Quick Reference"
SPECS: Final = "Specifications"
PARAMETERS: Final = "API Parameters"
IDENTIFIERS: Final = "Model Identifiers"
TAGS: Final = "Tags"
PROVIDERS: Final = "Available Providers"
PERFORMANCE: Final = "Performance Metrics"
BENCHMARKS: Final = "Arena Benchmarks"
USE_CASES: Final = "Use Cases & Category Performance"
GALLERY: Final = "Image Gallery"
PROMPT: Final = "Example Prompt"
CODE: Final = "Code Examples"
ABOUT: Final = "About"
FAQ: Final = "Frequently Asked Questions"
LINKS: Final = "Links"

LABELS: Final[dict[str, tuple[str, ...]]] = {
    QUICK: ("Model ID", "Creator", "Status", "Sunset", "Family", "Base URL"),
    SPECS: ("Max Resolution", "Input Modalities", "Output Modalities", "Supported Modes"),
    PARAMETERS: (),
    IDENTIFIERS: ("Primary Slug", "Aliases"),
    TAGS: (),
    PROVIDERS: ("Config Key", "Provider Model ID", "Pricing", "Note", "Source"),
    PERFORMANCE: (
        "Median Generation Time (p50)",
        "95th Percentile Generation Time (p95)",
        "Average Generation Time",
        "Success Rate",
        "Total Requests",
        "Time to First Byte (p50)",
        "Time to First Byte (p95)",
        "Origin",
    ),
    # The last three are what a lumenboard adds; they are not stored.
    BENCHMARKS: ("Elo", "Record", "Rank", "Elo Interval", "Rank Range", "Origin"),
    USE_CASES: ("Rank", "Elo", "Record", "Win Rate", "Elo Interval", "Rank Range", "Origin"),
    GALLERY: (),
    PROMPT: (),
    CODE: (),
    ABOUT: (),
    FAQ: (),
    LINKS: (),
}
SECTIONS: Final = tuple(LABELS)
CURATED: Final = "Curated Examples"
RESULTS: Final = "Arena Competition Results"
# Where a flattened section may be cut into items besides at its own labels.
FLAT_STARTS: Final = {
    PARAMETERS: r"### |- `",
    PROVIDERS: "### ",
    PERFORMANCE: "### ",
    BENCHMARKS: "### ",
    USE_CASES: "### ",
    GALLERY: rf"### (?:{CURATED}|{RESULTS})|(?:(?<=\) )|(?<={CURATED} )|(?<={RESULTS} ))- \[",
}


@dataclass(frozen=True)
class Section:
    """One top-level section as written; `is_flat` when its lines were joined by spaces."""

    title: str
    text: str
    is_flat: bool

    def items(self) -> tuple[str, ...]:
        """Headings, bullets and paragraphs, each on one line."""
        return _cut_flat(self.title, self.text) if self.is_flat else _join_lines(self.text)


@dataclass(frozen=True)
class Outline:
    """The document in parts; `sections` by title."""

    title: str
    tagline: str
    sections: dict[str, Section]


@dataclass(frozen=True)
class _Heading:
    title: str
    start: int
    end: int
    is_known: bool


def outline(text: str) -> Outline:
    """Cut a card into its sections. Unknown and repeated top-level sections are refused."""
    document = text.removeprefix("\ufeff").strip().replace("\r\n", "\n")
    if not document:
        raise CardError("Document", "", "it is empty; expected a title line '# Name'")
    is_flat = "\n" not in document
    headings = _top_level(_flat_headings(document) if is_flat else _line_headings(document))
    _refuse_strangers(headings)
    ends = [heading.start for heading in headings[1:]] + [len(document)]
    sections = {
        heading.title: Section(heading.title, document[heading.end : end].strip(), is_flat)
        # A document without any heading has an end all the same.
        for heading, end in zip(headings, ends, strict=False)
    }
    head = document[: headings[0].start] if headings else document
    title, tagline = _title_and_tagline(head.strip(), is_flat)
    _require(sections, title)
    return Outline(title, tagline, sections)


def _flat_headings(document: str) -> list[_Heading]:
    known = "|".join(re.escape(title) for title in sorted(SECTIONS, key=len, reverse=True))
    found = []
    for match in re.finditer(rf"(?:(?<=\s)|^)## (?:(?P<known>{known})(?=\s|$)|(?P<other>\S.{{0,40}}))", document):
        title = match["known"] or match["other"]
        found.append(_Heading(title, match.start(), match.end(), bool(match["known"])))
    return found


def _line_headings(document: str) -> list[_Heading]:
    found, position, fenced = [], 0, False
    for line in document.splitlines(keepends=True):
        fenced ^= line.lstrip().startswith("```")
        if line.startswith("## ") and not fenced:
            title = line[3:].strip()
            found.append(_Heading(title, position, position + len(line), title in SECTIONS))
        position += len(line)
    return found


def _top_level(headings: list[_Heading]) -> list[_Heading]:
    """Without the headings that belong to the About text, which runs to the last section that may follow it."""
    titles = [heading.title for heading in headings]
    if ABOUT not in titles:
        return headings
    first = titles.index(ABOUT)
    for follower in (FAQ, LINKS):
        later = [number for number, title in enumerate(titles) if title == follower and number > first]
        if later:
            return headings[: first + 1] + headings[later[-1] :]
    return headings[: first + 1]


def _refuse_strangers(headings: list[_Heading]) -> None:
    seen: set[str] = set()
    for heading in headings:
        if not heading.is_known:
            raise CardError(shown(heading.title), "", f"unknown section; known are {', '.join(SECTIONS)}")
        if heading.title in seen:
            raise CardError(heading.title, "", "the section appears twice; expected once")
        seen.add(heading.title)


def _title_and_tagline(head: str, is_flat: bool) -> tuple[str, str]:
    first, _, rest = head.partition(" > ") if is_flat else head.partition("\n")
    if not first.startswith("# ") or not first[2:].strip():
        raise CardError("Title", "", f"expected '# Name' at the start, found {shown(first)}")
    lines = [line.strip().removeprefix(">").strip() for line in rest.splitlines()]
    return first[2:].strip(), " ".join(line for line in lines if line)


def _require(sections: dict[str, Section], title: str) -> None:
    for needed in (QUICK, SPECS):
        if needed not in sections:
            raise CardError(needed, "", f"the section is missing from the card of {shown(title)}")


def _cut_flat(title: str, text: str) -> tuple[str, ...]:
    starts = [FLAT_STARTS[title]] if title in FLAT_STARTS else []
    starts += [rf"- {re.escape(label)}:" for label in LABELS[title]]
    if not starts:
        return (text,) if text else ()
    pieces = re.split(rf"(?:(?<=\s)|^)(?={'|'.join(starts)})", text)
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _join_lines(text: str) -> tuple[str, ...]:
    items: list[str] = []
    for line in (line.strip() for line in text.splitlines()):
        if not line:
            continue
        if items and not line.startswith(("#", "- ")):
            items[-1] = f"{items[-1]} {line}"
        else:
            items.append(line)
    return tuple(items)
