"""Catalogue files and model cards in and out: read and check all, plan, and write everything or nothing."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from providers.catalogue.card import CardError, CardReading, read_card, with_report
from providers.catalogue.card import outline as parts
from providers.catalogue.checks import check_sheet, repaired_sheets, tidied
from providers.catalogue.errors import CatalogueError, ConflictError, DocumentError, SheetError, read_document
from providers.catalogue.files import SUFFIXES, read_sheet, write_toml
from providers.catalogue.merge import merge_card
from providers.catalogue.plan import Plan, apply_plan, apply_plans, lock_catalogue, plan_model, plan_models
from providers.catalogue.rows import read_known_names, read_sheets
from providers.sheet import ModelSheet


def import_catalogue(paths: Iterable[str], *, plan_only: bool = False, repair: bool = False) -> tuple[Plan, ...]:
    """Import files, and the files of directories. Raises CatalogueError with every file that is wrong.

    `repair` makes names allowed instead of refusing them: for what a site wrote itself.
    """
    sheets = _read_all(_files(paths), repair)
    return import_sheets(list(repaired_sheets(sheets)) if repair else sheets, plan_only=plan_only)


def import_sheets(sheets: Sequence[ModelSheet], *, plan_only: bool = False) -> tuple[Plan, ...]:
    """Plan sheets and, unless only the plan is wanted, write them in one transaction."""
    if plan_only:
        return plan_models(sheets)
    with transaction.atomic():
        lock_catalogue()
        plans = plan_models(sheets)
        apply_plans(plans)
    return plans


def _files(paths: Iterable[str]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            listed = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
            if not listed:
                raise DocumentError(f"{path}: holds no catalogue file; allowed: {' or '.join(SUFFIXES)}")
            found |= dict.fromkeys(listed)
        elif path.suffix not in SUFFIXES:
            raise DocumentError(f"{path}: is not a catalogue file; allowed: names that end in {' or '.join(SUFFIXES)}")
        else:
            found[path] = None
    return list(found)


def _read_all(files: Iterable[Path], repair: bool) -> list[ModelSheet]:
    sheets: dict[str, ModelSheet] = {}
    origins: dict[str, Path] = {}
    problems = []
    for file in files:
        try:
            text = read_document(str(file))
            sheet = read_sheet(text, origin=str(file), is_json=file.suffix == ".json", repair=repair)
            if sheet.slug in sheets:
                raise ConflictError(f"{file}: slug: {sheet.slug!r} is already given by {origins[sheet.slug]}")
            sheets[sheet.slug], origins[sheet.slug] = sheet, file
        except CatalogueError as error:
            problems.append(str(error))
    if problems:
        raise CatalogueError("\n".join(problems))
    return list(sheets.values())


# Where a field of the sheet stands in a card.
SECTIONS: Final = {
    "slug": f"{parts.QUICK}, Model ID",
    "name": "Title",
    "tagline": "Title",
    "creator": f"{parts.QUICK}, Creator",
    "family": f"{parts.QUICK}, Family",
    "aliases": parts.IDENTIFIERS,
    "tags": parts.TAGS,
    "parameters": parts.PARAMETERS,
    "endpoints": parts.PROVIDERS,
    "curated_images": parts.GALLERY,
    "about": parts.ABOUT,
    "example_prompt": parts.PROMPT,
    "reported": parts.BENCHMARKS,
    "performance": parts.PERFORMANCE,
}


def import_model_card(text: str, *, source: str = "", reported_on: date | None = None, plan_only: bool = False) -> Plan:
    """Import a card's text. Figures are filed under `source`, by default the card's host, and a day, by default today.

    Raises CardError, or CatalogueError where the card does not fit beside the rest of the catalogue.
    """
    own = urlsplit(settings.SITE_URL).netloc.lower()
    reading = read_card(text, known_site_names=[settings.SITE_NAME], own_hosts=[own])
    sheet = _dated(reading, source, reported_on or timezone.now().date())
    _check(sheet)
    with transaction.atomic():
        if not plan_only:
            lock_catalogue()
        current = read_sheets([sheet.slug]).get(sheet.slug)
        plan = plan_model(merge_card(reading, sheet, current, read_known_names(), settings.SITE_NAME))
        if not plan_only:
            apply_plan(plan)
    return plan


def _dated(reading: CardReading, source: str, reported_on: date) -> ModelSheet:
    source = source.strip() or reading.host
    if not source and (reading.performance or reading.standings):
        raise CardError(
            parts.QUICK, "Base URL", "missing, so the source of the figures is unknown; expected it or --source"
        )
    return tidied(with_report(reading, source, reported_on))


def _check(sheet: ModelSheet) -> None:
    """Say where in the card a value stands that the tables would not take."""
    try:
        check_sheet(sheet)
    except SheetError as error:
        problem = error.problems[0]
        names = problem.field.replace("[", ".").split(".")
        place = SECTIONS.get(names[0], parts.SPECS)
        if names[:2] == ["reported", "performance"]:
            place = SECTIONS["performance"]
        section, _, item = place.partition(", ")
        raise CardError(section, item or problem.field, f"found {problem.found}, expected {problem.allowed}") from None


def export_catalogue(directory: Path, slugs: Sequence[str] | None = None) -> tuple[Path, ...]:
    """Write `<slug>.toml` per model and return the files. A slug without a model writes nothing at all."""
    sheets = read_sheets(slugs)
    if missing := [slug for slug in slugs or () if slug not in sheets]:
        raise DocumentError(f"no model has the slug {missing[0]!r}; nothing was written")
    texts = {}
    # names that came past every form, by SQL or a shell, must not keep a site from being moved
    for sheet in repaired_sheets(sheets.values()):
        try:
            texts[sheet.slug] = write_toml(check_sheet(sheet))
        except SheetError as error:
            raise SheetError(error.problems, f"model {sheet.slug}") from None
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return tuple(_write(directory / f"{slug}.toml", text) for slug, text in texts.items())
    except OSError as error:
        raise DocumentError(f"{directory}: cannot be written ({error.strerror})") from None


def _write(path: Path, text: str) -> Path:
    """Never leave half a file behind."""
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
        stream.write(text.encode())
    Path(stream.name).chmod(0o666 & ~_umask())
    Path(stream.name).replace(path)
    return path


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
