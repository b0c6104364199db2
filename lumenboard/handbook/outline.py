"""Which pages the handbook has and in which order; a page of docs/ that is in no part fails a test."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

from lumenboard.handbook.rendering import Page, render_page

DECISIONS: Final = "decisions"
PARTS: Final = (
    ("Start", ("start", "tutorial", "concepts")),
    ("Arena", ("voting", "people", "importing", "entrants", "generating", "parity", "methodology")),
    ("Providers", ("catalogue", "prices", "providers", "money", "analytics", "simulator")),
    ("Interfaces", ("gateway", "api", "embeds", "recipes", "dataset")),
    ("Running it", ("operations", "configuration", "images", "capacity", "security", "benchmarks", "proofs")),
    ("Inside", ("architecture", "contributing", DECISIONS)),
)
# Pages that stand at the top of the repository, where people look for them first.
AT_THE_TOP: Final = {"contributing": "CONTRIBUTING.md"}


@dataclass(frozen=True)
class Chapter:
    """One page: `slug` is its address under /docs, `file` its place in the repository."""

    slug: str
    title: str
    file: str

    @property
    def url(self) -> str:
        return f"/docs/{self.slug}"


@dataclass(frozen=True)
class Part:
    """Chapters that belong together."""

    title: str
    chapters: tuple[Chapter, ...]


@cache
def parts() -> tuple[Part, ...]:
    """Every part with the chapters that are installed; none where the documents are left out."""
    found = (Part(title, tuple(filter(None, map(_chapter, slugs)))) for title, slugs in PARTS)
    return tuple(part for part in found if part.chapters)


@cache
def decisions() -> tuple[Chapter, ...]:
    """Decision records in their order."""
    records = sorted((_root() / "docs" / DECISIONS).glob("[0-9]*.md"))
    return tuple(_read(f"{DECISIONS}/{path.stem}", path) for path in records)


def chapters() -> Iterator[Chapter]:
    """The reading order, decision records after their list."""
    for part in parts():
        yield from part.chapters
    yield from decisions()


@cache
def addresses() -> dict[str, str]:
    """By file in the repository, where the site shows it."""
    return {chapter.file: chapter.url for chapter in chapters()} | {f"docs/{DECISIONS}/README.md": f"/docs/{DECISIONS}"}


@cache
def drawings() -> dict[str, str]:
    """By file in the repository, the SVG that a page shows in its place."""
    found = sorted((_root() / "docs" / "drawings").glob("*.svg"))
    return {f"docs/drawings/{path.name}": path.read_text(encoding="utf-8") for path in found}


@cache
def pictures() -> dict[str, Path]:
    """By file in the repository, the pictures of pages that are installed; see `picture_url`."""
    return {f"docs/screenshots/{path.name}": path for path in sorted((_root() / "docs" / "screenshots").glob("*.webp"))}


def picture_url(file: str) -> str:
    """Where the site shows a picture of the documents."""
    return f"/docs/screenshots/{Path(file).name}"


def _chapter(slug: str) -> Chapter | None:
    file = AT_THE_TOP.get(slug) or (f"docs/{DECISIONS}/README.md" if slug == DECISIONS else f"docs/{slug}.md")
    path = _root() / file
    return _read(slug, path) if path.is_file() else None


def _read(slug: str, path: Path) -> Chapter:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return Chapter(slug, first.lstrip("# ").strip(), str(path.relative_to(_root())))


def _root() -> Path:
    return Path(settings.BASE_DIR)


@cache
def shown(chapter: Chapter) -> Page:
    """Its page, links and drawings as the site has them."""
    text = (settings.BASE_DIR / chapter.file).read_text(encoding="utf-8")
    return render_page(text, chapter.file, addresses(), drawings(), {file: picture_url(file) for file in pictures()})


def shown_as(slug: str) -> Page | None:
    """The page of a chapter by its slug; None where the documents are not installed."""
    return next((shown(one) for one in chapters() if one.slug == slug), None)
