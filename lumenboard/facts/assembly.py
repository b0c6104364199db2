"""Builds the facts of a model from its rows. The number of queries is fixed; all else is pure."""

from dataclasses import replace

from django.conf import settings
from django.utils import timezone

from arena.boards.table import BoardHead, standings_of_model, strongest_images
from lumenboard.facts import figures, rows
from lumenboard.facts.code_examples import code_examples
from lumenboard.facts.links import model_links
from lumenboard.facts.prices import defaults_of, headline_price, image_cost
from lumenboard.facts.questions import questions
from lumenboard.facts.standings import join_performance, join_standings
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
from providers.catalogue.card import fill_site_name
from providers.models import ImageModel
from providers.modes import TEXT_TO_IMAGE
from providers.planning.schema.compile import compile_schema
from providers.pricing import STANDARD_HEIGHT_PX, STANDARD_WIDTH_PX, Size
from providers.sheet import EndpointSheet, ParameterSheet
from providers.telemetry.reading import endpoint_name, performance_for
from providers.telemetry.windows import STANDARD, sliding_window

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
        about=fill_site_name(model.about, site.name),
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
    return facts.with_examples(code_examples(site, identity.slug, specs.modes, as_base64=facts.sends_base64))


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
        tagline=fill_site_name(model.tagline, site_name),
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
    notes = tuple(fill_site_name(note, site_name) for note in sheet.notes)
    parameters = tuple(_described(parameter, site_name) for parameter in sheet.parameters)
    return replace(sheet, notes=notes, parameters=parameters)


def _described(parameter: ParameterSheet, site_name: str) -> ParameterSheet:
    return replace(parameter, description=fill_site_name(parameter.description, site_name))


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
