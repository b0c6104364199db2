"""What passes between an order for pictures and a provider's protocol. Pure values; sending is dispatch's business."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, get_args

from providers.adapters.capabilities import CallTarget, Capabilities, OutputFormat, with_stated
from providers.pricing import Size
from providers.sheet import Json

KEY_HEADER: Final = "Authorization"
FailureKind = Literal["client", "moderation", "rate_limit", "billing", "upstream", "timeout", "gateway"]
FAILURE_KINDS: Final[tuple[FailureKind, ...]] = get_args(FailureKind)


@dataclass(frozen=True, kw_only=True)
class InputImage:
    """A picture sent along: decoded by us once, and without anything beside the picture."""

    content: bytes = field(repr=False)
    media_type: str
    size: Size


@dataclass(frozen=True, kw_only=True)
class ImageOrder:
    """One call to one endpoint.

    `size` None leaves the choice to the provider; `parameters` are native ones, already checked, passed through as they
    are; `images` is how many this one call asks for, at most what its capabilities allow. `input_name` is the native
    parameter that takes `inputs`, "" the one most models of the protocol have. `capabilities` are what the endpoint's
    row states otherwise than the adapter does. `partial_images` are asked for as events on the way.
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
    partial_images: int = 0


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where a provider is reached and as whom. `base_url` has no trailing slash; `query` goes with every address."""

    base_url: str
    key: str = field(repr=False)
    query: str = ""


@dataclass(frozen=True, kw_only=True)
class ProviderRequest:
    """One HTTP request. `authorization` goes as `key_header` and stays out of reprs and logs."""

    method: Literal["GET", "POST", "PUT"]
    url: str
    authorization: str = field(default="", repr=False)
    key_header: str = KEY_HEADER
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
    """Ready. `billed_units` is the quantity the provider says it charges, where it says so.

    `quality` and `size` are its own words for what it drew.
    """

    images: tuple[Link | Inline, ...]
    job_id: str = ""
    seed: int | None = None
    revised_prompt: str = ""
    billed_units: str = ""
    quality: str = ""
    size: str = ""
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


class Adapter(ABC):
    """A provider's protocol: an order in, a request out; an answer in, an outcome out. It holds nothing.

    Accounts name it by `name`, forms by `label`. `usual_provider` is the slug of the provider that speaks it without an
    account that says so, `key_variable` the environment variable with that provider's key. `simulator_path` is where
    the simulator answers by it; "" where it does not. `call_styles` are what an endpoint may choose from. `takes_query`
    says whether a base address may end in one; with `default_base_url` "" an account has to name its address. `words`
    are those in which providers say unified parameters, beside these: a caller who used them would order what is
    not counted.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    default_base_url: ClassVar[str]
    usual_provider: ClassVar[str] = ""
    key_variable: ClassVar[str] = ""
    simulator_path: ClassVar[str] = ""
    call_styles: ClassVar[tuple[str, ...]] = ()
    key_header: ClassVar[str] = KEY_HEADER
    key_scheme: ClassVar[str] = "Bearer"
    takes_query: ClassVar[bool] = False
    words: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("num_images", "num_outputs", "number_of_images"), "n"),
        **dict.fromkeys(("image_size", "width", "height"), "size"),
    }

    def capabilities(self, provider_model_id: str, call_style: str) -> Capabilities:
        """What the model takes and gives here, by its name and the way it is called."""
        return Capabilities()

    def capabilities_for(self, called: CallTarget) -> Capabilities:
        """The same for an order or an endpoint, whose row may state them otherwise."""
        usual = self.capabilities(called.provider_model_id, called.call_style)
        return with_stated(usual, called.capabilities)

    @abstractmethod
    def submit(self, order: ImageOrder, account: Account, deadline_s: float) -> ProviderRequest:
        """The paid call. It is sent once and never repeated by itself."""

    @abstractmethod
    def read_submit(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        """What the answer to the paid call means."""

    def read_poll(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        """What the answer about a job means."""
        return self.read_submit(answer, order, account)

    def read_partial(self, event: Mapping[str, Json]) -> Inline | None:
        """The unfinished picture that an event of a stream brings; None for every other event."""
        return None

    def test_connection(self, account: Account) -> ProviderRequest | None:
        """A request that costs nothing and fails with a wrong key; None where the provider has none."""
        return None

    def address(self, account: Account, path: str) -> str:
        """Where the account leads; the key goes nowhere else, so no address is taken from an answer."""
        query = f"{'&' if '?' in path else '?'}{account.query}" if account.query else ""
        return f"{account.base_url or self.default_base_url}{path}{query}"

    def request(
        self, account: Account, url: str, read_timeout_s: float, method: Literal["GET", "POST", "PUT"] = "GET"
    ) -> ProviderRequest:
        """One without a body, with the key."""
        return ProviderRequest(
            method=method,
            url=url,
            authorization=self.authorization(account),
            key_header=self.key_header,
            read_timeout_s=read_timeout_s,
        )

    def authorization(self, account: Account) -> str:
        return f"{self.key_scheme} {account.key}".lstrip()
