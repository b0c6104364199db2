"""What goes into an attempt and what comes out of it. Values; the money they speak of is dollars."""

import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal, Protocol
from uuid import UUID, uuid4

from providers.accounts.access import ProviderAccess
from providers.adapters.wire import Adapter, FailureKind, ImageOrder
from providers.pricing import Cost, PriceQuote, UnknownCost, set_aside
from providers.sheet import Json

Source = Literal["gateway", "scheduled", "probe"]
CostBasis = Literal["price", "worst_case", "nothing", "assumed"]
RefusalReason = Literal["paused", "no_budget", "over_budget", "unknown_cost", "busy", "cooling", "taken", "storage"]

WHOLE_S: Final = 300.0
# How long scheduled work may wait for its turn before what it holds reserved is given back.
WAIT_S: Final = 600.0


@dataclass(frozen=True, order=True)
class BudgetScope:
    """Something with a budget: `schedule` or `key` with its id. Site and provider are scopes of every call."""

    kind: Literal["site", "provider", "schedule", "key"]
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()


@dataclass(frozen=True, kw_only=True)
class CallSpec:
    """One attempt at one endpoint.

    `cost` is what the order costs by its price; where that is unknown `worst_case_usd` is reserved instead, without
    one the dearest its prices allow, and without a bound the attempt is refused. `deadline_s` runs from the paid call
    to the last byte of the last picture. With a `quote` what came is charged. `order_record` is what the row keeps.
    `skips_breaker` is for a last resort: routing tries endpoints that are cooling down after all others. `on_piece`
    hears the answer to the paid call as it comes; it never raises.
    With `may_end_later` the pictures are given before the row's end is written, with `may_store_later` before they
    are in storage.
    """

    endpoint_id: int
    endpoint_key: str
    access: ProviderAccess
    order: ImageOrder
    source: Source
    cost: Cost | UnknownCost
    worst_case_usd: Decimal | None = None
    quote: PriceQuote | None = None
    scopes: tuple[BudgetScope, ...] = ()
    deadline_s: float = WHOLE_S
    wait_s: float = WAIT_S
    attempt: int = 1
    request_id: UUID | None = None
    order_record: Mapping[str, Json] = field(default_factory=dict, repr=False)
    skips_breaker: bool = False
    on_piece: Callable[[bytes], None] | None = None
    may_end_later: bool = False
    may_store_later: bool = False
    intent_uuid: UUID = field(default_factory=uuid4)

    @property
    def adapter(self) -> Adapter:
        """What the provider's account speaks."""
        return self.access.adapter

    @property
    def reserve_usd(self) -> Decimal | None:
        """What is set aside before the call; None where nothing can be said."""
        return set_aside(self.cost, self.worst_case_usd)

    @property
    def cost_basis(self) -> CostBasis:
        return "price" if isinstance(self.cost, Cost) else "worst_case"

    @property
    def all_scopes(self) -> tuple[BudgetScope, ...]:
        """Site, provider and the spec's own, each once and in one order, the order in which they are locked."""
        return tuple(sorted({BudgetScope("site"), BudgetScope("provider", self.access.slug), *self.scopes}))


@dataclass(frozen=True, kw_only=True)
class StoredPicture:
    """A picture in our storage, or one it could not take: then `storage_fault` says why.

    `content` is at hand only in the process that fetched it.
    """

    name: str
    sha256: str
    media_type: str
    width_px: int
    height_px: int
    size_bytes: int
    content: bytes = field(default=b"", repr=False, compare=False)
    storage_fault: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Done:
    """Pictures are paid for, and stored unless the spec lets that follow. `ordered` is how many were asked for.

    `ttfb_ms` is None after a crash.
    """

    intent_uuid: UUID
    pictures: tuple[StoredPicture, ...]
    cost_usd: Decimal
    total_ms: int
    ordered: int = 1
    ttfb_ms: int | None = None
    seed: int | None = None
    revised_prompt: str = ""
    usage: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AttemptFailed:
    """No picture. `cost_usd` above 0 means that it may have been charged and counts as spent."""

    intent_uuid: UUID
    kind: FailureKind
    message: str
    cost_usd: Decimal
    code: str = ""
    http_status: int | None = None
    retry_after_s: float | None = None
    provider_wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Ambiguous:
    """The call went out and its fate is unknown. It counts as spent until a person has looked."""

    intent_uuid: UUID
    kind: FailureKind
    message: str
    cost_usd: Decimal


@dataclass(frozen=True, kw_only=True)
class CallRefused:
    """Nothing was sent, and no row was written or moved. `detail` says what stood in the way."""

    reason: RefusalReason
    detail: str


class Background(Protocol):
    """What takes work that an answer need not wait for."""

    @property
    def takes_more(self) -> bool: ...

    def take(self, reservation: "Reservation", work: Coroutine[Any, Any, None]) -> None: ...


CallOutcome = Done | AttemptFailed | Ambiguous | CallRefused


@dataclass(frozen=True)
class Reservation:
    """A row we may move on, and the clock since its call began."""

    intent_id: int
    uuid: UUID
    reserved_usd: Decimal
    began_at: float = field(default_factory=time.monotonic)
