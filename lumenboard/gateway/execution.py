"""Carries a request through the endpoints of its route: calls side by side, fallback on the providers' faults alone."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from lumenboard.gateway.errors import GatewayError, JsonObject, warning
from lumenboard.gateway.partials import Partials
from lumenboard.gateway.request_spec import RequestSpec
from providers.dispatch.call_spec import Ambiguous, AttemptFailed, BudgetScope, CallOutcome, CallRefused, CallSpec, Done
from providers.dispatch.dispatcher import Dispatcher
from providers.dispatch.order_record import order_to_record
from providers.dispatch.pictures import of_another_size
from providers.planning.offers import EndpointOffer, PlannedCall, offer_for
from providers.planning.routing import ServedEndpoint

LOG = logging.getLogger(__name__)
NOTHING: Final = Decimal(0)
# Failures that another endpoint would repeat.
FINAL_KINDS: Final = frozenset({"client", "moderation"})
# Refusals that hold for the caller, whatever the endpoint.
CALLERS_KINDS: Final = frozenset({"budget", "site_paused", "key_paused"})
# These and refusals for reasons of our own, which hold whatever the endpoint, end the route and say best why.
DECISIVE: Final = FINAL_KINDS | CALLERS_KINDS | {"storage"}
CALLERS_BUDGET: Final = ("key ", "site ")
LEAST_LEFT_S: Final = 1.0
AttemptStatus = Literal["ok", "failed", "unknown", "refused"]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one call to one endpoint came to. `began_ms` counts from the request's first byte."""

    endpoint_key: str
    provider: str
    status: AttemptStatus
    kind: str = ""
    message: str = ""
    http_status: int | None = None
    began_ms: int
    duration_ms: int
    cost_usd: Decimal = NOTHING
    retry_after_s: float | None = None
    intent: UUID | None = None

    def to_dict(self) -> JsonObject:
        """As in `metadata.attempts`."""
        return {
            "provider": self.provider,
            "endpoint": self.endpoint_key,
            "status": self.status,
            "error_code": self.kind or None,
            "error_message": self.message or None,
            "http_status": self.http_status,
            "started_ms": self.began_ms,
            "duration_ms": self.duration_ms,
            "cost": float(self.cost_usd),
        }


@dataclass
class RequestExecution:
    """The state of one request under way, and in the end what came of it."""

    spec: RequestSpec
    request_id: UUID
    key: str
    began_at: float
    ends_at: float
    attempts: list[Attempt] = field(default_factory=list)
    done: list[tuple[EndpointOffer, Done]] = field(default_factory=list)
    warnings: list[JsonObject] = field(default_factory=list)
    left_out: tuple[JsonObject, ...] = ()
    waited_s: float = 0.0
    may_end_later: bool = False
    is_abandoned: bool = False
    may_send: Callable[[], Awaitable[bool]] | None = None
    call_ids: Iterator[UUID] | None = None
    partials: Partials | None = None

    @property
    def cost_usd(self) -> Decimal:
        """Everything that counts as spent."""
        return sum((attempt.cost_usd for attempt in self.attempts), NOTHING)

    @property
    def is_simulated(self) -> bool:
        """Whether a simulator stood in for a provider."""
        return any(offer.simulated for offer, _ in self.done)

    @property
    def pictures(self) -> int:
        """How many there are."""
        return sum(len(done.pictures) for _, done in self.done)

    @property
    def last_failure(self) -> Attempt | None:
        """The attempt that says best why there is no picture: a caller's fault before a provider's."""
        failed = [attempt for attempt in self.attempts if attempt.status != "ok"]
        decisive = [attempt for attempt in failed if attempt.kind in DECISIVE]
        chosen = decisive or failed
        return chosen[-1] if chosen else None

    @property
    def nothing_was_sent(self) -> bool:
        """Whether no call left this site: the next request of the same name may run."""
        return all(attempt.status == "refused" for attempt in self.attempts)

    @property
    def is_unknown(self) -> bool:
        """Whether the fate of a call is; one that costs nothing has one too."""
        return any(attempt.status == "unknown" for attempt in self.attempts)

    def warn(self, one: JsonObject) -> None:
        """Said once, whatever number of pictures it holds for."""
        if one not in self.warnings:
            self.warnings.append(one)

    async def follow(self, dispatcher: Dispatcher, route: Sequence[EndpointOffer]) -> None:
        """Until every picture is there, a failure is final, the route or the time is at its end."""
        for first in self._each_and_once_more(route):
            missing = self.spec.images - self.pictures
            left_s = self.ends_at - time.monotonic()
            if missing <= 0 or left_s < LEAST_LEFT_S or self.is_abandoned or self._is_final():
                return
            if self.may_send is not None and not await self.may_send():
                if self.done:
                    return
                # This process stood still for so long that a repeat of the request runs by now.
                raise GatewayError("UNAVAILABLE", "The server was delayed; try again.", retry_after_s=1)
            if self.is_abandoned:
                return
            offer = first if missing == first.request.images else _for_fewer(first, missing)
            attempt = len({earlier.endpoint_key for earlier in self.attempts}) + 1
            waits = [self._call(dispatcher, offer, call, attempt, left_s) for call in offer.calls]
            waited = await _all_of(waits)
            self.waited_s += max((one for one in waited if isinstance(one, float)), default=0.0)
            faults = [one for one in waited if isinstance(one, BaseException)]
            if faults and not self.done:
                raise faults[0]
            if faults:
                # One call is lost to a fault of ours; the pictures of the others are paid for and are given.
                LOG.error("a call beside others failed", exc_info=faults[0])
                return

    def _each_and_once_more(self, route: Sequence[EndpointOffer]) -> Iterator[EndpointOffer]:
        """The route, and at its end the endpoint that gave fewer pictures than it was asked for."""
        yield from route
        short = [offer for offer, _ in self._short()]
        yield from short[:1]

    def _short(self) -> list[tuple[EndpointOffer, Done]]:
        """Calls that gave fewer pictures than they were asked for, in order."""
        return [(offer, done) for offer, done in self.done if len(done.pictures) < done.ordered]

    def warn_of_fewer(self) -> None:
        """Say where fewer pictures came than a provider was asked for, or fewer than the caller asked for."""
        short = self._short()
        if not short and self.pictures >= self.spec.images:
            return
        message, last = f"{min(self.pictures, self.spec.images)} of {self.spec.images} pictures came", self.last_failure
        ours = last.message if last and last.kind in CALLERS_KINDS else ""
        if short:
            offer, done = short[0]
            rest = f"no more was asked for: {ours}" if ours else "the rest was asked for once more"
            message += f": {offer.endpoint.key} gave {len(done.pictures)} of {done.ordered}, {rest}"
        elif last:
            message += f": {ours or f'{last.provider}: {last.message}'}"
        self.warn(warning("n", "unsupported", message, str(self.spec.images)))

    def warn_of_other_sizes(self) -> None:
        """Say where a provider drew another size than it was asked for; it is paid for, and given."""
        for offer, done in self.done:
            ordered = offer.calls[0].order.size
            if other := of_another_size(done.pictures, ordered):
                drawn = f"{offer.endpoint.key} drew {other.width_px}x{other.height_px}, ordered was {ordered}"
                self.warn(warning("size", "unsupported", drawn, str(ordered)))

    def _is_final(self) -> bool:
        return any(attempt.kind in DECISIVE for attempt in self.attempts)

    async def _call(
        self, dispatcher: Dispatcher, offer: EndpointOffer, call: PlannedCall, attempt: int, left_s: float
    ) -> float:
        """One paid call; returns the seconds its provider took."""
        endpoint = offer.endpoint
        assert endpoint.access is not None
        ticket = CallSpec(
            endpoint_id=endpoint.id,
            endpoint_key=endpoint.key,
            access=endpoint.access,
            order=call.order,
            source="gateway",
            cost=call.cost,
            quote=call.quote,
            worst_case_usd=endpoint.worst_case_usd,
            scopes=(BudgetScope("key", self.key),),
            deadline_s=left_s,
            attempt=attempt,
            request_id=self.request_id,
            order_record=order_to_record(call.order, call.quote, with_prompt=False),
            intent_uuid=next(self.call_ids) if self.call_ids else uuid4(),
            on_piece=self.partials.listener(endpoint.access.adapter, call.order) if self.partials else None,
            may_end_later=self.may_end_later,
            may_store_later=self.spec.as_base64,
        )
        began = time.monotonic()
        outcome = await dispatcher.run(ticket)
        self.attempts.append(self._attempt(endpoint, outcome, began))
        if isinstance(outcome, Done):
            self.done.append((offer, outcome))
            return outcome.total_ms / 1000
        return time.monotonic() - began

    def _attempt(self, endpoint: ServedEndpoint, outcome: CallOutcome, began: float) -> Attempt:
        ended = time.monotonic()
        attempt = Attempt(
            endpoint_key=endpoint.key,
            provider=endpoint.provider,
            status="ok",
            began_ms=round(1000 * (began - self.began_at)),
            duration_ms=round(1000 * (ended - began)),
        )
        return _with_outcome(attempt, outcome)


async def _all_of(waits: list[Coroutine[Any, Any, float]]) -> list[float | BaseException]:
    """What each comes to; one alone needs no task of its own."""
    if len(waits) > 1:
        return await asyncio.gather(*waits, return_exceptions=True)
    try:
        return [await waits[0]]
    except Exception as error:
        return [error]


def _for_fewer(offer: EndpointOffer, images: int) -> EndpointOffer:
    """The same request for the pictures that are missing still."""
    fewer = offer_for(offer.model, offer.endpoint, replace(offer.request, images=images))
    return replace(fewer, notices=offer.notices)


def _with_outcome(attempt: Attempt, outcome: CallOutcome) -> Attempt:
    if isinstance(outcome, Done):
        return replace(attempt, cost_usd=outcome.cost_usd, intent=outcome.intent_uuid)
    if isinstance(outcome, CallRefused):
        kind, message = _of_refusal(outcome)
        return replace(attempt, status="refused", kind=kind, message=message)
    failed = replace(attempt, status="failed", kind=outcome.kind, message=outcome.message[:500])
    if isinstance(outcome, Ambiguous):
        return replace(failed, status="unknown", cost_usd=outcome.cost_usd, intent=outcome.intent_uuid)
    assert isinstance(outcome, AttemptFailed)
    return replace(
        failed,
        cost_usd=outcome.cost_usd,
        http_status=outcome.http_status,
        retry_after_s=outcome.retry_after_s,
        intent=outcome.intent_uuid,
    )


def _of_refusal(refused: CallRefused) -> tuple[str, str]:
    """Its kind, which holds for the caller where the site or the key stands in the way, and what is said of it."""
    scope, _, period = refused.detail.rpartition(" ")
    of_caller = refused.detail.startswith(CALLERS_BUDGET)
    named = f"the {scope}" if scope in {"", "site"} else scope
    if refused.reason == "paused":
        if not scope:
            return "paused", "the provider is paused"
        return (f"{scope.partition(' ')[0]}_paused" if of_caller else "paused"), f"{named} is paused"
    if refused.reason == "no_budget":
        return ("budget" if of_caller else refused.reason), f"{named} has no budget"
    if refused.reason == "over_budget":
        words = f"the budget of {named} for the {period} is used up"
        return ("budget" if of_caller else refused.reason), words
    return refused.reason, refused.detail
