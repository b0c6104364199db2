"""Import a model card: read it, meet it with the rows, plan, and write everything or nothing."""

from datetime import date
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from providers.catalogue.card import CardError, CardReading, read_card, with_report
from providers.catalogue.card import outline as parts
from providers.catalogue.checks import check_sheet
from providers.catalogue.errors import SheetError
from providers.catalogue.merge import merge_card
from providers.catalogue.naming import tidied
from providers.catalogue.plan import Plan, apply_plan, lock_catalogue, plan_model
from providers.catalogue.rows import read_known_names, read_sheets
from providers.sheet import ModelSheet

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
