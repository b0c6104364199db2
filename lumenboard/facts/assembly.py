"""Builds the facts of a model from its rows. The number of queries is fixed; all else is pure."""

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.utils import timezone

from arena.boards.standings import KIND_ORDER, BoardHead
from arena.boards.table import standings_of_model, strongest_images
from lumenboard.facts import figures, rows
from lumenboard.facts.texts import examples_of, model_links, questions
from lumenboard.facts.types import (
    EndpointFacts,
    EntryImage,
    Identity,
    ModelFacts,
    PerformanceFacts,
    Site,
    Specs,
    StandingFacts,
    reported_origins,
)
from providers.catalogue.card import SITE_PLACEHOLDER
from providers.models import ImageModel
from providers.planning.schema.compile import compile_schema
from providers.pricing import STANDARD_HEIGHT_PX, STANDARD_WIDTH_PX, Size, defaults_of, headline_price, image_cost
from providers.sheet import TEXT_TO_IMAGE, EndpointSheet, ParameterSheet
from providers.telemetry.reading import endpoint_name, performance_for
from providers.telemetry.tables import STANDARD, sliding_window

STANDARD_SIZE = Size(width_px=STANDARD_WIDTH_PX, height_px=STANDARD_HEIGHT_PX)


def this_site() -> Site:
    """Our name and origin as configured."""
    return Site(name=settings.SITE_NAME, url=settings.SITE_URL)


def model_facts(model: ImageModel) -> ModelFacts:
    """Everything known of a model of `rows.full_models`, which has loaded what is read here."""
    site = this_site()
    identity, specs = _identity(model, site.name), _specs(model)
    sheets = [_filled(rows.endpoint_sheet(row), site.name) for row in model.endpoints.all()]
    endpoints = tuple(_endpoint(sheet) for sheet in sheets)
    declared = [_described(parameter, site.name) for parameter in rows.declared_parameters(model)]
    price = headline_price(sheets, specs.modes)
    performance = join_performance(
        _measured(model), [figures.reported_performance(r) for r in model.reported_performance.all()]
    )
    entries = tuple(figures.entry_image(entry) for entry in getattr(model, "pictured_entries", ()))
    standings = _standings(model, site, entries)
    reports = reported_origins(performance, standings)
    facts = ModelFacts(
        site=site,
        identity=identity,
        specs=specs,
        about=model.about.replace(SITE_PLACEHOLDER, site.name),
        example_prompt=model.example_prompt,
        endpoints=endpoints,
        starting_price=price,
        parameter_groups=compile_schema(declared, sheets),
        performance=performance,
        standings=standings,
        curated_images=rows.curated_images(model),
        entry_images=entries,
        code_examples=(),
        questions=questions(
            site=site, identity=identity, specs=specs, endpoints=endpoints, price=price, reports=reports
        ),
        links=model_links(site.url, f"{site.url}{identity.path}"),
    )
    return replace(facts, code_examples=examples_of(facts, specs.modes))


def _identity(model: ImageModel, site_name: str) -> Identity:
    return Identity(
        slug=model.slug,
        name=model.name,
        creator=rows.named(model.creator),
        family=rows.named(model.family) if model.family else None,
        aliases=tuple(getattr(model, "alias_slugs", ())),
        alternative_names=tuple(model.alternative_names),
        status=model.status,
        sunset_on=model.sunset_on,
        released_on=model.released_on,
        tagline=model.tagline.replace(SITE_PLACEHOLDER, site_name),
        tags=tuple(model.tags),
        is_demo=model.is_demo,
    )


def _specs(model: ImageModel) -> Specs:
    return Specs(
        max_width_px=model.max_width_px,
        max_height_px=model.max_height_px,
        input_modalities=tuple(model.input_modalities),
        output_modalities=tuple(model.output_modalities),
        modes=tuple(model.modes),
    )


def _filled(sheet: EndpointSheet, site_name: str) -> EndpointSheet:
    notes = tuple(note.replace(SITE_PLACEHOLDER, site_name) for note in sheet.notes)
    parameters = tuple(_described(parameter, site_name) for parameter in sheet.parameters)
    return replace(sheet, notes=notes, parameters=parameters)


def _described(parameter: ParameterSheet, site_name: str) -> ParameterSheet:
    return replace(parameter, description=parameter.description.replace(SITE_PLACEHOLDER, site_name))


def _endpoint(sheet: EndpointSheet) -> EndpointFacts:
    mode = sheet.modes[0] if sheet.modes else TEXT_TO_IMAGE
    return EndpointFacts(
        key=sheet.key,
        provider=sheet.provider,
        provider_model_id=sheet.provider_model_id,
        modes=sheet.modes,
        source_url=sheet.source_url,
        notes=sheet.notes,
        is_enabled=sheet.is_enabled,
        prices=sheet.prices,
        image_cost=image_cost(sheet.prices, mode, STANDARD_SIZE, defaults_of(sheet)),
        defaults=defaults_of(sheet),
    )


def _measured(model: ImageModel) -> list[PerformanceFacts]:
    """What calls to its endpoints say: one query."""
    names = [endpoint_name(row, model) for row in model.endpoints.all()]
    table = performance_for(names, sliding_window(STANDARD, timezone.now()))
    return [figures.measured_performance(line) for line in table.lines]


def _standings(model: ImageModel, site: Site, entries: tuple[EntryImage, ...]) -> tuple[StandingFacts, ...]:
    """A board over many competitions counts as demonstration as soon as one of the model's own in its mode is."""
    demo = {place for entry in entries if entry.is_demo for place in (entry.mode, entry.competition_path)}
    measured = [
        figures.measured_standing(standing, site.url, _place(standing.board) in demo)
        for standing in standings_of_model(model, strongest_images(getattr(model, "pictured_entries", ())))
    ]
    return join_standings(measured, [figures.reported_standing(row) for row in model.reported_standings.all()])


def _place(board: BoardHead) -> str:
    return f"/competitions/{board.competition_id}" if board.competition_id else board.mode


def join_standings(measured: Sequence[StandingFacts], reported: Sequence[StandingFacts]) -> tuple[StandingFacts, ...]:
    """Measured ones, best first, then the reports that have no counterpart, in their own order.

    Titles may repeat, so the k-th largest reported board of a title pairs with the k-th largest measured one.
    """
    rest = list(reported)
    joined = []
    for standing in sorted(measured, key=lambda row: -row.ranked_models):
        counterpart = _counterpart(standing, rest)
        if counterpart is not None:
            rest.remove(counterpart)
        picture = standing.image_url or (counterpart.image_url if counterpart else "")
        joined.append(replace(standing, image_url=picture))
    joined.sort(key=_measured_order)
    return tuple(sorted([*joined, *rest], key=lambda row: KIND_ORDER[row.kind]))


def join_performance(
    measured: Sequence[PerformanceFacts], reported: Sequence[PerformanceFacts]
) -> tuple[PerformanceFacts, ...]:
    """Measured rows, then reported rows of providers that were not measured, then simulated rows.

    A simulated figure is no counterpart: it says nothing of the provider, so the report stays beside it.
    """
    real = [row for row in measured if not row.simulated]
    known = {row.provider.slug for row in real}
    rest = [row for row in reported if row.provider.slug not in known]
    return (*real, *rest, *(row for row in measured if row.simulated))


def _counterpart(standing: StandingFacts, reported: Sequence[StandingFacts]) -> StandingFacts | None:
    # A card does not state the mode of a competition; there the title alone must do.
    same = [
        row
        for row in reported
        if (row.kind, row.title) == (standing.kind, standing.title) and row.mode in {"", standing.mode}
    ]
    return max(same, key=lambda row: row.ranked_models, default=None)


def _measured_order(row: StandingFacts) -> tuple[bool, int, float, str]:
    rating = -float(row.rating) if row.rating is not None else 0.0
    if row.kind == "category":
        return row.rank is None, row.rank or 0, rating, row.title
    return row.rating is None, 0, rating, row.title
