"""One model as plain values: what catalogue files, model cards and rows are read into, and its fixed words. Pure.

Tuples keep the order of the source; an absent text is "", an absent figure None.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Metric = Literal["image", "request", "megapixel", "token", "second"]


@dataclass(frozen=True, kw_only=True)
class Named:
    """A slug with the name people read."""

    slug: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PriceSheet:
    """A price component; fields as in providers.models.PriceComponent."""

    metric: str
    amount_usd: Decimal
    direction: str = "output"
    unit_size: Decimal = Decimal(1)
    rounding: str = "none"
    minimum: Decimal = Decimal(0)
    pixels_per_megapixel: int = 1_000_000
    units_per_image: Decimal | None = None
    conditions: dict[str, Json] = field(default_factory=dict)
    condition_stated: bool = True
    source_url: str = ""
    verified_on: date | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DescribedParameter:
    """What is said of a parameter, by a card or an endpoint, or of all that take it together."""

    name: str
    group: str
    type: str
    description: str = ""
    default: Json = None
    values: tuple[Json, ...] = ()
    modes: tuple[str, ...] = ()
    required_modes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ParameterSheet(DescribedParameter):
    """A parameter; `only_through` names a provider's slug and is used by declared parameters alone."""

    only_through: str = ""


@dataclass(frozen=True, kw_only=True)
class EndpointSheet:
    """An endpoint at its provider, with its prices and native parameters."""

    key: str
    provider: Named
    provider_model_id: str
    modes: tuple[str, ...]
    call_style: str = ""
    capabilities: dict[str, Json] = field(default_factory=dict)
    source_url: str = ""
    notes: tuple[str, ...] = ()
    is_enabled: bool = True
    prices: tuple[PriceSheet, ...] = ()
    parameters: tuple[ParameterSheet, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CuratedImageSheet:
    """An example picture by link."""

    prompt: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ReportedPerformanceSheet:
    """A provider's reported figures; milliseconds over successful calls."""

    provider: str
    window_days: int = 30
    p50_ms: int | None = None
    p95_ms: int | None = None
    average_ms: int | None = None
    success_percent: Decimal | None = None
    requests: int | None = None
    ttfb_p50_ms: int | None = None
    ttfb_p95_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReportedStandingSheet:
    """A reported place on a competition (mode "") or on a category of a mode."""

    kind: Literal["competition", "category"]
    title: str
    rating: int
    wins: int
    losses: int
    ties: int
    rank: int
    ranked_models: int
    mode: str = ""
    image_url: str = ""


@dataclass(frozen=True, kw_only=True)
class AliasSunsetSheet:
    """The day from which an alias is answered no more."""

    slug: str
    sunset_on: date


@dataclass(frozen=True, kw_only=True)
class ReportedSheet:
    """Everything one source reported of a model on one day."""

    source: str
    reported_on: date
    performance: tuple[ReportedPerformanceSheet, ...] = ()
    standings: tuple[ReportedStandingSheet, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ModelSheet:
    """All that is known of one model; `reported` is None where the source says nothing of figures."""

    slug: str
    name: str
    creator: Named
    family: Named | None = None
    aliases: tuple[str, ...] = ()
    alias_sunsets: tuple[AliasSunsetSheet, ...] = ()
    alternative_names: tuple[str, ...] = ()
    is_announced: bool = True
    status: str = "active"
    sunset_on: date | None = None
    successor: str = ""
    released_on: date | None = None
    tagline: str = ""
    about: str = ""
    tags: tuple[str, ...] = ()
    max_width_px: int | None = None
    max_height_px: int | None = None
    input_modalities: tuple[str, ...] = ()
    output_modalities: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    example_prompt: str = ""
    parameters: tuple[ParameterSheet, ...] = ()
    endpoints: tuple[EndpointSheet, ...] = ()
    curated_images: tuple[CuratedImageSheet, ...] = ()
    reported: ReportedSheet | None = None


TEXT_TO_IMAGE: Final = "text-to-image"
IMAGE_EDIT: Final = "image-edit"
MODES: Final = (TEXT_TO_IMAGE, IMAGE_EDIT)
MODE_LABELS: Final = {TEXT_TO_IMAGE: "Text to Image", IMAGE_EDIT: "Image Edit"}

STATUSES: Final = ("active", "preview", "deprecated")
MODALITIES: Final = ("text", "image")

PARAMETER_GROUPS: Final = {
    "core": "Core Parameters",
    "size": "Size & Layout",
    "media": "Media Inputs",
    "output": "Output & Format",
    "additional": "Additional Parameters",
}
PARAMETER_TYPES: Final = ("string", "integer", "number", "boolean", "file")

METRICS: Final = ("image", "request", "megapixel", "token", "second")
DIRECTIONS: Final = ("output", "input")
ROUNDINGS: Final = ("none", "up", "nearest")
