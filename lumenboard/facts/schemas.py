"""Shapes of the API for facts. Money and rates are strings, so that no digit is lost."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from ninja import Field, Schema
from pydantic import BeforeValidator

from providers.api_types import Problem, Whole


def digits(value: Decimal) -> str:
    """Every digit of a Decimal, without an exponent."""
    return f"{value:f}"


def _as_text(value: object) -> object:
    return digits(value) if isinstance(value, Decimal) else value


Exact = Annotated[str, BeforeValidator(_as_text)]
# PostgreSQL refuses text with a zero byte.
Word = Annotated[str, Field(max_length=120)]


MOST_STANDINGS: Final = 500


class FormatQuery(Schema):
    """How much of a model is asked for."""

    page: Whole = Field(1, ge=1, le=10_000, description="Standings come 500 a page.")
    compiled_only: bool = Field(False, alias="schema", description="True gives the compiled parameters alone.")


class NotFound(Problem):
    """Nothing has that slug; these are like it."""

    did_you_mean: list[str]


class NamedItem(Schema):
    """A slug with the name people read."""

    slug: str
    name: str


class StartingPriceItem(Schema):
    """The least one image costs, and what that is for."""

    amount_usd: Exact
    size: str
    mode: str
    endpoints: list[str]
    parameters: dict[str, Any]


class PriceItem(Schema):
    """A price component."""

    metric: str
    direction: str
    amount_usd: Exact
    unit_size: Exact
    rounding: str
    minimum: Exact
    pixels_per_megapixel: int
    units_per_image: Exact | None = Field(None, description="Tokens or seconds of one picture, where stated.")
    conditions: dict[str, Any]
    condition_stated: bool = Field(description="False when the source does not say when this price holds.")
    source_url: str
    verified_on: date | None


class ImageCostItem(Schema):
    """One image of the standard size; no amount and a reason when it is unknown."""

    size: str
    amount_usd: Exact | None
    unknown_because: str


class EndpointItem(Schema):
    """One model at one provider."""

    key: str
    provider: NamedItem
    provider_model_id: str
    modes: list[str]
    prices: list[PriceItem]
    image_cost: ImageCostItem
    notes: list[str]
    source_url: str


class ParameterItem(Schema):
    """A compiled parameter; `only_via` is the one provider that takes it, or empty. Numbers lie within both bounds."""

    name: str
    type: str
    description: str
    default: Any
    values: list[Any]
    modes: list[str]
    required_modes: list[str]
    only_via: str
    minimum: int | None
    maximum: int | None


class ParameterGroupItem(Schema):
    """Parameters under one heading."""

    slug: str
    label: str
    parameters: list[ParameterItem]


class OriginItem(Schema):
    """Measured here, or reported by a source on a day."""

    kind: str
    source: str
    reported_on: date | None


class PerformanceItem(Schema):
    """One provider's figures; milliseconds over successful calls, the rate a fraction."""

    provider: NamedItem
    origin: OriginItem
    simulated: bool
    window_days: int
    p50_ms: int | None
    p95_ms: int | None
    average_ms: int | None
    ttfb_p50_ms: int | None
    ttfb_p95_ms: int | None
    success_rate: Exact | None
    success_lower: Exact | None = Field(None, description="Lower end of the 95% interval of success.")
    success_upper: Exact | None = None
    requests: int | None
    withheld: str = Field("", description="Why there are no percentiles; empty where there are.")
    note: str = Field("", description="Why the provider is not ranked by speed; empty where it is.")


class ModelStandingItem(Schema):
    """A place on one board; ratings of different boards do not compare."""

    kind: str
    title: str
    mode: str = Field(description="Empty where a report does not state it.")
    origin: OriginItem
    rating: Exact | None
    lower: Exact | None = Field(
        description="Lower end of the 95% interval: for prompts like these on boards of several competitions where "
        "`prompts_withheld` is empty, else on the board's own prompts only."
    )
    upper: Exact | None
    conditional_lower: Exact | None = Field(description="Lower end of that on the board's own prompts only.")
    conditional_upper: Exact | None
    competitions: int | None = Field(description="With battles of the model; null on a competition's own board.")
    prompts_withheld: str = Field(description="As in the board's standings; empty where nothing is withheld.")
    rank: int | None
    rank_best: int | None
    rank_worst: int | None
    ranked_models: int
    demo: bool = Field(description="Votes invented for the demonstration are among those it rests on.")
    wins: int
    losses: int
    ties: int
    both_bad: int
    battles: int
    win_rate: Exact | None
    image_url: str
    board: str | None = Field(description="Path of the board, where it is held here.")


class PictureItem(Schema):
    """An example picture by link."""

    prompt: str
    url: str


class CodeItem(Schema):
    """How one mode is called in one language, in the form of the gateway."""

    mode: str
    operation: str
    language: str
    code: str


class QuestionItem(Schema):
    """A question that facts answer."""

    question: str
    answer: str


class LinkItem(Schema):
    """A labelled address."""

    label: str
    url: str


class ModelListItem(Schema):
    """One model in the list; the rating is that of its board of the named mode."""

    slug: str
    name: str
    creator: NamedItem
    tagline: str
    status: str
    demo: bool
    modes: list[str]
    tags: list[str]
    starting_price: StartingPriceItem | None
    rating: float | None
    lower: float | None
    upper: float | None
    prompts_withheld: str = Field(
        description="Why `lower` and `upper` are on the board's own prompts only; empty where they are for prompts "
        "like these, and without a rating."
    )
    rank: int | None
    ranked_models: int | None
    rating_mode: str
    url: str


class ModelList(Schema):
    """One page of models, and how many there are in all."""

    items: list[ModelListItem]
    count: int
    page: int
    pages: int


class ModelItem(Schema):
    """Everything known of a model."""

    slug: str
    name: str
    creator: NamedItem
    family: NamedItem | None
    aliases: list[str]
    alternative_names: list[str]
    status: str
    sunset_on: date | None
    released_on: date | None
    demo: bool
    tagline: str
    about: str
    tags: list[str]
    max_width_px: int | None
    max_height_px: int | None
    input_modalities: list[str]
    output_modalities: list[str]
    modes: list[str]
    starting_price: StartingPriceItem | None
    endpoints: list[EndpointItem]
    parameters: list[ParameterGroupItem]
    performance: list[PerformanceItem]
    providers_without_performance: list[NamedItem]
    standings: list[ModelStandingItem]
    curated_images: list[PictureItem]
    image_count: int
    example_prompt: str
    code_examples: list[CodeItem]
    questions: list[QuestionItem]
    links: list[LinkItem]
    url: str


class ModelSchema(Schema):
    """The compiled parameters of a model alone."""

    model: str
    modes: list[str]
    groups: list[ParameterGroupItem]
