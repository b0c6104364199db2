"""A whole card into one model's sheet, with what else the document says: its site and the figures it reports.

What a section leaves out is not guessed: `spoken` names the fields of the sheet the card says anything of.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from providers.catalogue.card import figures, site_name
from providers.catalogue.card import outline as parts
from providers.catalogue.card.errors import CardError
from providers.catalogue.card.offers import read_offers, read_parameters
from providers.catalogue.card.outline import Outline, outline
from providers.catalogue.card.prose import (
    Labelled,
    clean_description,
    day,
    labelled,
    modes,
    restore_markdown,
    slug_for,
    unescaped,
    words,
)
from providers.names import shown
from providers.sheet import (
    MODALITIES,
    STATUSES,
    ModelSheet,
    Named,
    ParameterSheet,
    ReportedPerformanceSheet,
    ReportedSheet,
    ReportedStandingSheet,
)

PROMPT_LEAD = "The following prompt was used to generate an example image in our playground:"


@dataclass(frozen=True, kw_only=True)
class CardReading:
    """What a card says. `sheet.reported` is None: figures wait in `performance` and `standings` for source and date."""

    sheet: ModelSheet
    spoken: frozenset[str]
    base_url: str
    performance: tuple[ReportedPerformanceSheet, ...] = ()
    standings: tuple[ReportedStandingSheet, ...] = ()

    @property
    def host(self) -> str:
        """The host that published the card; empty where it names none."""
        return urlsplit(self.base_url).hostname or ""


def with_report(reading: CardReading, source: str, reported_on: date) -> ModelSheet:
    """The sheet with its figures under a source and a date; without figures it stays as it is."""
    if not (reading.performance or reading.standings):
        return reading.sheet
    report = ReportedSheet(
        source=source, reported_on=reported_on, performance=reading.performance, standings=reading.standings
    )
    return replace(reading.sheet, reported=report)


def read_card(text: str, *, known_site_names: Iterable[str] = (), own_hosts: Collection[str] = ()) -> CardReading:
    """Read a card, flattened or line by line.

    `known_site_names` are replaced in prose beside the name in the base address. A card whose base address has one of
    `own_hosts` ("host" or "host:port") shows this site's figures, which are not reports, so they are left unread.
    Raises CardError with section and item.
    """
    document = outline(text)
    quick = labelled(parts.QUICK, document.sections[parts.QUICK].items())
    base_url = _base_url(quick)
    found: dict[str, Any] = {**_identity(document, quick), **_specs(document)}
    found |= _lists(document, found["modes"])
    found |= _texts(document, found)
    sheet = _with_provider_slugs(ModelSheet(**found))
    sheet = _with_neutral_prose(sheet, tuple(known_site_names), site_name.site_label(base_url))
    performance: tuple[ReportedPerformanceSheet, ...] = ()
    standings: tuple[ReportedStandingSheet, ...] = ()
    if urlsplit(base_url).netloc.rpartition("@")[2].lower() not in own_hosts:
        performance, standings = _figures(document, sheet)
    return CardReading(
        sheet=sheet, spoken=frozenset(found), base_url=base_url, performance=performance, standings=standings
    )


def _base_url(quick: Labelled) -> str:
    text = quick.maybe("Base URL")
    try:
        urlsplit(text)
    except ValueError:
        problem = f"expected an address such as https://api.example.com/v1, found {shown(text)}"
        raise CardError(parts.QUICK, "Base URL", problem) from None
    return text


def _identity(document: Outline, quick: Labelled) -> dict[str, Any]:
    slug, status, creator = quick.one("Model ID"), quick.one("Status"), quick.one("Creator")
    if status not in STATUSES:
        raise CardError(parts.QUICK, "Status", f"unknown status {shown(status)}; known are {', '.join(STATUSES)}")
    if not slug_for(creator):
        raise CardError(parts.QUICK, "Creator", f"expected a name with letters or digits, found {shown(creator)}")
    found: dict[str, Any] = {
        "slug": slug,
        "name": document.title,
        "status": status,
        "creator": Named(slug=slug_for(creator), name=creator),
    }
    if sunset := quick.maybe("Sunset"):
        if status != "deprecated":
            raise CardError(parts.QUICK, "Sunset", f"expected only where the status is deprecated; it is {status}")
        found["sunset_on"] = day(parts.QUICK, "Sunset", sunset)
    if family := quick.maybe("Family"):
        found["family"] = Named(slug=slug_for(family), name=family)
    if document.tagline:
        found["tagline"] = document.tagline
    return found | _identifiers(document, slug)


def _identifiers(document: Outline, slug: str) -> dict[str, Any]:
    section = document.sections.get(parts.IDENTIFIERS)
    if section is None:
        return {}
    lines = labelled(parts.IDENTIFIERS, section.items())
    if (primary := lines.one("Primary Slug")) != slug:
        problem = f"{shown(primary)} differs from the Model ID; expected {shown(slug)}"
        raise CardError(parts.IDENTIFIERS, "Primary Slug", problem)
    aliases = words(lines.maybe("Aliases"))
    return {"aliases": aliases} if aliases else {}


def _specs(document: Outline) -> dict[str, Any]:
    lines = labelled(parts.SPECS, document.sections[parts.SPECS].items())
    found: dict[str, Any] = {"modes": modes(parts.SPECS, "Supported Modes", lines.maybe("Supported Modes"))}
    if size := lines.maybe("Max Resolution"):
        width, _, height = size.partition("x")
        if not (width.isascii() and height.isascii() and width.isdigit() and height.isdigit()):
            raise CardError(parts.SPECS, "Max Resolution", f"expected WIDTHxHEIGHT in pixels, found {shown(size)}")
        found |= {"max_width_px": int(width[:12]), "max_height_px": int(height[:12])}
    for field, label in (("input_modalities", "Input Modalities"), ("output_modalities", "Output Modalities")):
        listed = words(lines.maybe(label))
        if strange := [word for word in listed if word not in MODALITIES]:
            raise CardError(parts.SPECS, label, f"unknown {shown(strange[0])}; known are {', '.join(MODALITIES)}")
        if listed:
            found[field] = listed
    return found


def _lists(document: Outline, supported: tuple[str, ...]) -> dict[str, Any]:
    sections = document.sections
    found: dict[str, Any] = {}
    if parts.PROVIDERS in sections:
        found["endpoints"] = read_offers(sections[parts.PROVIDERS], supported)
    if parts.PARAMETERS in sections:
        found["parameters"] = read_parameters(sections[parts.PARAMETERS])
    if parts.TAGS in sections:
        found["tags"] = words(" ".join(sections[parts.TAGS].items()))
    if parts.GALLERY in sections and (curated := figures.read_curated(sections[parts.GALLERY])) is not None:
        found["curated_images"] = curated
    return found


def _texts(document: Outline, found: dict[str, Any]) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    if prompt := document.sections.get(parts.PROMPT):
        texts["example_prompt"] = prompt.text.removeprefix(PROMPT_LEAD).strip()
    if about := document.sections.get(parts.ABOUT):
        texts["about"] = restore_markdown(about.text) if about.is_flat else about.text
    return {field: text for field, text in texts.items() if text and field not in found}


def _figures(
    document: Outline, sheet: ModelSheet
) -> tuple[tuple[ReportedPerformanceSheet, ...], tuple[ReportedStandingSheet, ...]]:
    sections = document.sections
    known = {endpoint.provider.slug for endpoint in sheet.endpoints}
    performance = figures.read_performance(sections[parts.PERFORMANCE]) if parts.PERFORMANCE in sections else ()
    for row in performance:
        if row.provider not in known:
            problem = f"no provider of this card has that slug; they are {', '.join(sorted(known)) or 'none'}"
            raise CardError(parts.PERFORMANCE, shown(row.provider), problem)
    competitions = figures.read_benchmarks(sections[parts.BENCHMARKS]) if parts.BENCHMARKS in sections else ()
    categories = figures.read_use_cases(sections[parts.USE_CASES]) if parts.USE_CASES in sections else ()
    if parts.GALLERY in sections:
        competitions = figures.join_pictures(sections[parts.GALLERY], competitions)
    return performance, (*competitions, *categories)


def _with_provider_slugs(sheet: ModelSheet) -> ModelSheet:
    """A parameter may name its provider by slug or by name, as the card's own blocks give them."""
    slugs = {endpoint.provider.name: endpoint.provider.slug for endpoint in sheet.endpoints}
    named = (replace(p, only_through=slugs.get(p.only_through, p.only_through)) for p in sheet.parameters)
    return replace(sheet, parameters=tuple(named))


def _with_neutral_prose(sheet: ModelSheet, names: tuple[str, ...], label: str) -> ModelSheet:
    facts = [sheet.name, sheet.slug, *_names(sheet)]

    def neutral(text: str) -> str:
        return site_name.neutral(text, exact_names=names, label=label, facts=facts)

    def plain(text: str) -> str:
        return neutral(unescaped(text))

    def described(parameter: ParameterSheet) -> ParameterSheet:
        return replace(parameter, description=clean_description(plain(parameter.description)))

    return replace(
        sheet,
        name=unescaped(sheet.name),
        about=neutral(sheet.about),
        tagline=plain(sheet.tagline),
        example_prompt=unescaped(sheet.example_prompt),
        curated_images=tuple(replace(image, prompt=unescaped(image.prompt)) for image in sheet.curated_images),
        parameters=tuple(described(parameter) for parameter in sheet.parameters),
        endpoints=tuple(replace(e, notes=tuple(plain(note) for note in e.notes)) for e in sheet.endpoints),
    )


def _names(sheet: ModelSheet) -> list[str]:
    named = [sheet.creator, *(endpoint.provider for endpoint in sheet.endpoints)]
    named += [sheet.family] if sheet.family else []
    return [text for pair in named for text in (pair.slug, pair.name)]
