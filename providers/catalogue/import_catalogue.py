"""Import catalogue files: read and check all of them, plan, and write everything or nothing."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from django.db import transaction

from providers.catalogue.documents import read_document
from providers.catalogue.errors import CatalogueError, ConflictError, DocumentError
from providers.catalogue.files import SUFFIXES, read_sheet
from providers.catalogue.naming import repaired_sheets
from providers.catalogue.plan import Plan, apply_plans, lock_catalogue, plan_models
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
