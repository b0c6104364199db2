"""Any sheet that is allowed comes through its file unchanged, and through the rows too."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.adapters.registry import call_styles
from providers.catalogue.checks import check_sheet
from providers.catalogue.codec import same_values
from providers.catalogue.field_rules import SLUG
from providers.catalogue.files import read_sheet, write_toml
from providers.catalogue.rows import read_sheets
from providers.names import name_problem, tidy
from providers.plain_values import settled_json
from providers.sheet import (
    DIRECTIONS,
    METRICS,
    MODALITIES,
    MODES,
    PARAMETER_GROUPS,
    PARAMETER_TYPES,
    ROUNDINGS,
    AliasSunsetSheet,
    CuratedImageSheet,
    EndpointSheet,
    ModelSheet,
    Named,
    ParameterSheet,
    PriceSheet,
    ReportedPerformanceSheet,
    ReportedSheet,
    ReportedStandingSheet,
)
from tests.catalogue.factories import store

LETTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\x85")
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from("\n\t\"'\\{}#")), max_size=40)
LINES = st.text(LETTERS, max_size=30).map(tidy).filter(lambda name: not name_problem(name))
SLUGS = st.from_regex(SLUG, fullmatch=True).filter(lambda slug: len(slug) <= 80)
URLS = SLUGS.map(lambda slug: f"https://example.com/{slug}")
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
COUNTS = st.integers(0, 2_147_483_647)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda day: day.replace(tzinfo=UTC, fold=0))  # noqa: DTZ001


def lists(items: st.SearchStrategy, **options) -> st.SearchStrategy:
    return st.lists(items, max_size=3, **options).map(tuple)


def some(choices) -> st.SearchStrategy:
    return lists(st.sampled_from(list(choices)), unique=True)


def decimals(places: int, least: str = "0") -> st.SearchStrategy:
    return st.decimals(Decimal(least), Decimal("999999"), places=places).map(lambda number: +number.normalize() + 0)


VALUES = {
    "integer": st.integers(-(10**20), 10**20),
    "number": st.floats(-1e20, 1e20) | st.integers(-(10**20), 10**20),
    "boolean": st.booleans(),
    "string": TEXTS,
    "file": TEXTS,
}


@st.composite
def parameters(draw, kind: str) -> ParameterSheet:
    modes = draw(some(MODES))
    return ParameterSheet(
        name=draw(SLUGS),
        group=draw(st.sampled_from(list(PARAMETER_GROUPS))),
        type=kind,
        description=draw(TEXTS),
        default=settled_json(draw(st.none() | VALUES[kind])),
        values=tuple(settled_json(draw(lists(VALUES[kind])))),
        modes=modes,
        required_modes=draw(some(modes)) if modes else (),
    )


PARAMETERS = lists(st.sampled_from(PARAMETER_TYPES).flatmap(parameters), unique_by=lambda p: p.name)
PRICES = lists(
    st.builds(
        PriceSheet,
        metric=st.sampled_from(METRICS),
        amount_usd=decimals(9),
        direction=st.sampled_from(DIRECTIONS),
        unit_size=decimals(6, "0.000001"),
        rounding=st.sampled_from(ROUNDINGS),
        minimum=decimals(6),
        pixels_per_megapixel=st.integers(1, 2_147_483_647),
        conditions=st.dictionaries(SLUGS, st.one_of(list(VALUES.values())), max_size=2).map(settled_json),
        condition_stated=st.booleans(),
        source_url=st.just("") | URLS,
        verified_on=st.none() | DAYS,
        valid_from=st.none() | MOMENTS,
    ),
    unique_by=lambda price: (price.metric, price.direction),
)


@st.composite
def endpoints(draw) -> EndpointSheet:
    provider = draw(st.sampled_from([Named(slug="fal", name="fal.ai"), Named(slug="harbor", name="Harbor")]))
    return EndpointSheet(
        key=f"{provider.slug}/{draw(SLUGS)}",
        provider=provider,
        provider_model_id=draw(LINES),
        modes=draw(some(MODES)),
        call_style=draw(st.sampled_from(["", *call_styles()])),
        source_url=draw(st.just("") | URLS),
        notes=draw(lists(LINES)),
        is_enabled=draw(st.booleans()),
        prices=draw(PRICES),
        parameters=draw(PARAMETERS),
    )


STANDINGS = st.builds(
    ReportedStandingSheet,
    **dict.fromkeys(("rating", "wins", "losses", "ties"), COUNTS),
    kind=st.just("category"),
    mode=st.sampled_from(MODES),
    title=LINES,
    rank=st.integers(1, 5),
    ranked_models=st.integers(5, 9),
    image_url=st.just("") | URLS,
)
FIGURES = ("p50_ms", "p95_ms", "average_ms", "requests", "ttfb_p50_ms", "ttfb_p95_ms")
PERFORMANCE = st.builds(
    ReportedPerformanceSheet,
    **{name: st.none() | COUNTS for name in FIGURES},
    provider=st.just("fal"),
    success_percent=st.none() | st.integers(0, 1000).map(lambda tenths: Decimal(tenths) / 10),
)
REPORTS = st.builds(
    ReportedSheet,
    source=LINES,
    reported_on=DAYS,
    performance=st.just(()),
    standings=st.lists(STANDINGS, min_size=1, max_size=2).map(tuple),
)
NAMES = st.builds(Named, slug=SLUGS, name=LINES)
MODELS = st.builds(
    ModelSheet,
    slug=st.just("the-model"),
    name=LINES,
    creator=NAMES,
    family=st.none() | NAMES,
    aliases=lists(SLUGS, unique=True).filter(lambda aliases: "the-model" not in aliases),
    alternative_names=lists(LINES),
    status=st.just("deprecated"),
    sunset_on=st.none() | DAYS,
    successor=st.sampled_from(["", "its-heir"]),
    released_on=st.none() | DAYS,
    is_announced=st.booleans(),
    tagline=TEXTS,
    about=TEXTS,
    tags=lists(LINES.filter(lambda tag: "," not in tag)),
    max_width_px=st.just(2048),
    max_height_px=st.just(1024),
    input_modalities=some(MODALITIES),
    output_modalities=some(MODALITIES),
    modes=some(MODES),
    example_prompt=TEXTS,
    parameters=PARAMETERS,
    endpoints=lists(endpoints(), unique_by=lambda endpoint: endpoint.key),
    curated_images=lists(st.builds(CuratedImageSheet, prompt=TEXTS, url=URLS)),
    reported=st.none() | REPORTS,
)


@st.composite
def sheets(draw) -> ModelSheet:
    sheet = draw(MODELS)
    ending = tuple(AliasSunsetSheet(slug=slug, sunset_on=draw(DAYS)) for slug in sheet.aliases if draw(st.booleans()))
    sheet = replace(sheet, alias_sunsets=ending, successor="" if "its-heir" in sheet.aliases else sheet.successor)
    if sheet.reported and any(endpoint.provider.slug == "fal" for endpoint in sheet.endpoints):
        return replace(sheet, reported=replace(sheet.reported, performance=(draw(PERFORMANCE),)))
    return sheet


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sheet=sheets())
def test_a_sheet_comes_through_its_file_unchanged(sheet: ModelSheet) -> None:
    text = write_toml(check_sheet(sheet))
    again = read_sheet(text, origin="a.toml")
    assert same_values(again, sheet)
    assert write_toml(again) == text


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(sheet=sheets())
def test_a_sheet_comes_through_the_rows_unchanged(sheet: ModelSheet) -> None:
    store(replace(sheet, reported=sheet.reported or read_sheets().get(sheet.slug, sheet).reported))
    back = read_sheets([sheet.slug])[sheet.slug]
    assert same_values(replace(back, reported=sheet.reported), sheet)
    assert sheet.reported is None or same_values(back.reported, sheet.reported)
