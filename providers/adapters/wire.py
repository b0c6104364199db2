"""What passes between an order for pictures and a provider's protocol. Pure values; sending is dispatch's business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from providers.adapters.capabilities import Capabilities, OutputFormat
from providers.pricing import Size
from providers.sheet import Json

FailureKind = Literal["client", "moderation", "rate_limit", "billing", "upstream", "timeout", "gateway"]
FAILURE_KINDS: Final[tuple[FailureKind, ...]] = (
    "client",
    "moderation",
    "rate_limit",
    "billing",
    "upstream",
    "timeout",
    "gateway",
)


@dataclass(frozen=True, kw_only=True)
class InputImage:
    """A picture sent along: bytes we have decoded and encoded ourselves, never a caller's file."""

    content: bytes = field(repr=False)
    media_type: str
    size: Size


@dataclass(frozen=True, kw_only=True)
class ImageOrder:
    """One call to one endpoint.

    `size` None leaves the choice to the provider; `parameters` are native ones, already checked, passed through as they
    are; `images` is how many this one call asks for, at most what its capabilities allow. `input_name` is the native
    parameter that takes `inputs`, "" the one most models of the protocol have. `capabilities` are what the endpoint's
    row states otherwise than the adapter does.
    """

    mode: str
    provider_model_id: str
    prompt: str
    call_style: str = ""
    size: Size | None = None
    images: int = 1
    seed: int | None = None
    output_format: OutputFormat = "png"
    output_quality: int | None = None
    inputs: tuple[InputImage, ...] = ()
    input_name: str = ""
    mask: InputImage | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    capabilities: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where a provider is reached and as whom. `base_url` has no trailing slash."""

    base_url: str
    key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ProviderRequest:
    """One HTTP request. `authorization` stays out of reprs and logs."""

    method: Literal["GET", "POST", "PUT"]
    url: str
    authorization: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = field(default=b"", repr=False)
    read_timeout_s: float = 60.0


@dataclass(frozen=True, kw_only=True)
class ProviderAnswer:
    """An HTTP answer, whole; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Link:
    """A picture to be fetched, without the provider's key, before it expires."""

    url: str


@dataclass(frozen=True)
class Inline:
    """A picture that came within the answer."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Pending:
    """Accepted and not in hand: ask with `poll`, at once where the result `is_ready`, else after a pause.

    `job_id` is what the provider knows it by.
    """

    job_id: str
    poll: ProviderRequest
    is_ready: bool = False
    cancel: ProviderRequest | None = None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """Ready. `billed_units` is the quantity the provider says it charges, where it says so."""

    images: tuple[Link | Inline, ...]
    job_id: str = ""
    seed: int | None = None
    revised_prompt: str = ""
    billed_units: str = ""
    usage: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Refused or broken.

    `may_have_charged` is true where the provider can have done paid work nevertheless; `provider_wide` where every
    other call to this provider would fail alike (key, balance).
    """

    kind: FailureKind
    message: str
    code: str = ""
    http_status: int | None = None
    retry_after_s: float | None = None
    may_have_charged: bool = False
    provider_wide: bool = False


Outcome = Pending | Finished | Failed


class Adapter(Protocol):
    """A provider's protocol: an order in, a request out; an answer in, an outcome out."""

    @property
    def name(self) -> str: ...

    @property
    def default_base_url(self) -> str: ...

    def capabilities(self, provider_model_id: str, call_style: str) -> Capabilities:
        """What the model takes and gives here, by its name and the way it is called."""

    def submit(self, order: ImageOrder, account: Account, deadline_s: float) -> ProviderRequest:
        """The paid call. It is sent once and never repeated by itself."""

    def read_submit(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome: ...

    def read_poll(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome: ...

    def test_connection(self, account: Account) -> ProviderRequest | None:
        """A request that costs nothing and fails with a wrong key; None where the provider has none."""
