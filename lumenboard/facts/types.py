"""What is known of one model, as values: everything its page, its Markdown and its JSON show. No queries here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from providers.planning.schema.compile import ParameterFacts, ParameterGroup
from providers.pricing import Cost, StartingPrice, UnknownCost
from providers.sheet import CuratedImageSheet, Json, Named, PriceSheet

Kind = Literal["competition", "category", "mode"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """Our own name and origin, for texts and links that leave the site."""

    name: str
    url: str

    @property
    def gateway_url(self) -> str:
        """Base address of the OpenAI-compatible gateway."""
        return f"{self.url}/openai/v1"

    @property
    def api_key_variable(self) -> str:
        """Environment variable that examples take the key from."""
        return "LUMENBOARD_API_KEY"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who the model is; `path` is the address of its page on this site."""

    slug: str
    name: str
    creator: Named
    family: Named | None
    aliases: tuple[str, ...]
    alternative_names: tuple[str, ...]
    status: str
    sunset_on: date | None
    released_on: date | None
    tagline: str
    tags: tuple[str, ...]
    is_demo: bool

    @property
    def path(self) -> str:
        """Canonical path."""
        return f"/models/{self.creator.slug}/{self.slug}"


@dataclass(frozen=True, kw_only=True)
class Specs:
    """Limits, modalities and modes."""

    max_width_px: int | None
    max_height_px: int | None
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    modes: tuple[str, ...]

    @property
    def max_resolution(self) -> str:
        """`2048x2048`, or empty."""
        return f"{self.max_width_px}x{self.max_height_px}" if self.max_width_px and self.max_height_px else ""


@dataclass(frozen=True, kw_only=True)
class EndpointFacts:
    """An endpoint with the prices in force; `image_cost` is one image of the standard size in its first mode.

    Parameters that a request leaves out have their `defaults`.
    """

    key: str
    provider: Named
    provider_model_id: str
    modes: tuple[str, ...]
    source_url: str
    notes: tuple[str, ...]
    is_enabled: bool
    prices: tuple[PriceSheet, ...]
    image_cost: Cost | UnknownCost
    defaults: Mapping[str, Json] = field(default_factory=dict)

    @property
    def verified_on(self) -> date | None:
        """The oldest date any of its prices was checked on; None when one never was."""
        dates = [price.verified_on for price in self.prices]
        known = [day for day in dates if day is not None]
        return min(known) if known and len(known) == len(dates) else None


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a figure comes from: measured here, or reported by `source` on a day."""

    kind: Literal["reported", "measured"]
    source: str = ""
    reported_on: date | None = None

    @property
    def label(self) -> str:
        """The badge of a figure; none for what was measured."""
        return "" if self.kind == "measured" else self.kind


MEASURED = Origin(kind="measured")


@dataclass(frozen=True, kw_only=True)
class PerformanceFacts:
    """One provider's figures over `window_days`; times over successful calls, `success_rate` a fraction.

    Only measured figures have an interval of success, a reason why percentiles are withheld, and a note on their rank.
    """

    provider: Named
    origin: Origin
    simulated: bool
    window_days: int
    p50_ms: int | None
    p95_ms: int | None
    average_ms: int | None
    ttfb_p50_ms: int | None
    ttfb_p95_ms: int | None
    success_rate: Decimal | None
    requests: int | None
    success_lower: Decimal | None = None
    success_upper: Decimal | None = None
    withheld: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        """The badge it needs: simulated before reported."""
        return "simulated" if self.simulated else self.origin.label


@dataclass(frozen=True, kw_only=True)
class StandingFacts:
    """The model's place on one board; `mode` is "" where a report does not state it, `path` the board's page here.

    `is_demo`: invented votes are among those it rests on. `prompt` tells competitions of the same title apart.
    """

    kind: Kind
    title: str
    mode: str
    origin: Origin
    rating: Decimal | None
    rank: int | None
    ranked_models: int
    wins: int
    losses: int
    ties: int
    both_bad: int = 0
    lower: Decimal | None = None
    upper: Decimal | None = None
    rank_best: int | None = None
    rank_worst: int | None = None
    conditional_lower: Decimal | None = None
    conditional_upper: Decimal | None = None
    competitions: int | None = None
    prompts_withheld: str = ""
    is_comparable: bool = True
    is_demo: bool = False
    image_url: str = ""
    path: str = ""
    prompt: str = ""

    @property
    def battles(self) -> int:
        """Wins, losses and ties together."""
        return self.wins + self.losses + self.ties

    @property
    def win_rate(self) -> Decimal | None:
        """Wins over battles as a fraction; ties are worth nothing."""
        return Decimal(self.wins) / self.battles if self.battles else None

    @property
    def label(self) -> str:
        """The badge it needs: reported elsewhere, or resting on invented votes."""
        return self.origin.label or ("demo" if self.is_demo else "")


@dataclass(frozen=True, kw_only=True)
class EntryImage:
    """The model's picture in a competition held here."""

    competition: str
    competition_path: str
    prompt: str
    mode: str
    path: str
    thumbnail_path: str
    simulated: bool
    is_demo: bool


@dataclass(frozen=True, kw_only=True)
class CodeExample:
    """How one mode is called in one language; `operation` is the path under the gateway's origin."""

    mode: str
    operation: str
    language: Literal["curl", "javascript", "python"]
    label: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question that facts answer."""

    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Link:
    """A labelled absolute address."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """Everything known of one model, in the order pages and files show it."""

    site: Site
    identity: Identity
    specs: Specs
    about: str
    example_prompt: str
    endpoints: tuple[EndpointFacts, ...]
    starting_price: StartingPrice | None
    parameter_groups: tuple[ParameterGroup, ...]
    performance: tuple[PerformanceFacts, ...]
    standings: tuple[StandingFacts, ...]
    curated_images: tuple[CuratedImageSheet, ...]
    entry_images: tuple[EntryImage, ...]
    code_examples: tuple[CodeExample, ...]
    questions: tuple[Question, ...]
    links: tuple[Link, ...]

    @property
    def url(self) -> str:
        """The page's absolute address."""
        return f"{self.site.url}{self.identity.path}"

    @property
    def providers(self) -> tuple[Named, ...]:
        """Distinct providers in the order of their endpoints."""
        return tuple(dict.fromkeys(endpoint.provider for endpoint in self.endpoints))

    @property
    def providers_without_performance(self) -> tuple[Named, ...]:
        """Those that sell the model and of whom no figure is known."""
        known = {row.provider.slug for row in self.performance}
        return tuple(provider for provider in self.providers if provider.slug not in known)

    @property
    def parameters(self) -> tuple[ParameterFacts, ...]:
        """All groups in one line."""
        return tuple(parameter for group in self.parameter_groups for parameter in group.parameters)

    def standings_of(self, kind: Kind) -> tuple[StandingFacts, ...]:
        """Places on boards of one kind."""
        return tuple(standing for standing in self.standings if standing.kind == kind)

    @property
    def reports(self) -> tuple[Origin, ...]:
        """The distinct reports that figures still rest on."""
        return reported_origins(self.performance, self.standings)

    @property
    def image_count(self) -> int:
        """Curated pictures and competition results together, as the gallery shows them."""
        return len(self.curated_images) + len(self.entry_images) + len(self.pictures_elsewhere)

    @property
    def pictures_elsewhere(self) -> tuple[StandingFacts, ...]:
        """Standings whose picture lies on another site."""
        return tuple(row for row in self.standings if row.image_url and not row.image_url.startswith(self.site.url))


def reported_origins(
    performance: tuple[PerformanceFacts, ...], standings: tuple[StandingFacts, ...]
) -> tuple[Origin, ...]:
    """The distinct reports among the origins of figures."""
    origins = [*(row.origin for row in performance), *(row.origin for row in standings)]
    return tuple(dict.fromkeys(origin for origin in origins if origin.kind == "reported"))
