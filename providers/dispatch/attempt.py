"""One attempt: money aside, the paid call once, the job followed, its pictures stored, the row ended.

Every step is committed before the next begins. Whatever stops it, the row says how far it came. Where the spec allows,
the caller gets its pictures before the end is written: a crash in between leaves a call whose fate is unknown.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from providers.adapters.wire import Failed, Finished, Inline, Pending
from providers.dispatch.call_spec import (
    Ambiguous,
    AttemptFailed,
    Background,
    CallOutcome,
    CallSpec,
    CostBasis,
    Done,
    Reservation,
    StoredPicture,
)
from providers.dispatch.faults import AnswerLost, DispatchFault, LedgerFault, NotSent
from providers.dispatch.follow import (
    finished_from_record,
    finished_to_record,
    follow,
    own_origins_for,
    pending_to_record,
    read_answer,
)
from providers.dispatch.ledger import Ledger
from providers.dispatch.ledger_values import Ending, health_effect, parts_to_records, unknown_ending
from providers.dispatch.pictures import (
    Fetched,
    Step,
    check_size,
    fetch_pictures,
    megapixels,
    pictures_to_records,
    store_pictures,
)
from providers.dispatch.wire import Exchange, Wire
from providers.pricing import Cost, Delivery, Size, size_from_text, usage_from

LOG = logging.getLogger(__name__)
NOTHING: Final = Decimal(0)
ENDED_ELSEWHERE: Final = "intent {} has been ended by someone else"
INTENT_HEADER: Final = "x-lumenboard-intent"
# When the row's time is up, a job that has ended in the meantime may still be brought in.
LAST_CHANCE_S: Final = 15.0
NO_ORIGINS: Final[frozenset[str]] = frozenset()


def no_step(name: str) -> None:
    """Nobody watches."""


@dataclass
class AttemptRunner:
    """One attempt under way. `resumed` ones were begun by a driver that fell silent; their times measure nothing.

    `background` takes work that the answer need not wait for.
    """

    ledger: Ledger
    wire: Wire
    spec: CallSpec
    reservation: Reservation
    step: Step = no_step
    resumed: bool = False
    sent_at: float = 0.0
    ends_at: float = 0.0
    own_origins: frozenset[str] = field(default=NO_ORIGINS)
    background: Background | None = None

    def __post_init__(self) -> None:
        self.ends_at = self.ends_at or self.reservation.began_at + self.spec.deadline_s

    @property
    def _has_somebody_waiting(self) -> bool:
        """Who can be given a picture that no storage takes, or one of another size than was ordered."""
        return self.spec.source == "gateway" and not self.resumed

    async def submit(self) -> CallOutcome:
        """The paid call and all that follows from it."""
        spec, account = self.spec, self.spec.access.account
        try:
            request = spec.adapter.submit(spec.order, account, spec.deadline_s)
        except (ValueError, KeyError, TypeError) as error:
            return await self._failed(
                Failed(kind="client", message=f"the request cannot be sent to the provider: {error}")
            )
        self.own_origins = own_origins_for(spec.adapter, account, request.url)
        headers = {INTENT_HEADER: str(self.reservation.uuid)} if spec.access.simulated else {}
        self.step("post.before")
        self.sent_at = time.monotonic()
        try:
            exchange = await self.wire.send(
                request,
                own_origins=self.own_origins,
                within_s=self.ends_at - time.monotonic(),
                on_piece=spec.on_piece,
                **headers,
            )
        except NotSent as fault:
            return await self._failed(Failed(kind=fault.kind, message=fault.message))
        except AnswerLost as fault:
            return await self._ambiguous(fault)
        except DispatchFault as fault:
            return await self._failed(Failed(kind=fault.kind, message=fault.message, may_have_charged=True))
        self.step("reply.after")
        self.sent_at = exchange.sent_at
        return await self._handle_answer(exchange)

    async def follow(self, pending: Pending) -> CallOutcome:
        """A job the provider knows: followed, fetched, ended."""
        self.step("poll.before")
        followed = await follow(self.wire, self.spec, pending, own_origins=self.own_origins, ends_at=self.ends_at)
        self.step("poll.after")
        if isinstance(followed.outcome, Failed):
            return await self._failed(followed.outcome)
        assert followed.exchange is not None
        return await self.collect(followed.outcome, followed.exchange.first_byte_at, followed.exchange)

    async def collect(self, finished: Finished, first_byte_at: float | None, came: Exchange | None) -> CallOutcome:
        """Pictures that are ready: fetched, stored, paid for."""
        self.step("download.before")
        came_at = came.last_byte_at if came else time.monotonic()
        ends_at = max(self.ends_at, time.monotonic() + 1.0)
        try:
            fetched = await fetch_pictures(
                self.wire, finished.images, own_origins=self.own_origins, ends_at=ends_at, came_at=came_at
            )
            if not self._has_somebody_waiting:
                check_size(fetched.pictures, self.spec.order.size)
        except DispatchFault as fault:
            return await self._failed(Failed(kind=fault.kind, message=fault.message, may_have_charged=True))
        self.step("download.after")
        if self.spec.may_end_later and self.background is not None and self.background.takes_more:
            return await self._done_before_written(finished, fetched, first_byte_at, self.background)
        fetched = await self._stored(fetched)
        unstored = next((picture.storage_fault for picture in fetched.pictures if picture.storage_fault), "")
        if unstored and not self._has_somebody_waiting:
            # The disk has filled since the call was let go: paid for, and lost.
            return await self._failed(Failed(kind="gateway", message=unstored, may_have_charged=True))
        if self.spec.source != "gateway":
            self.step("fetched.before")
            await self.ledger.fetched(
                self.reservation, pictures_to_records(fetched.pictures), finished_to_record(finished)
            )
            self.step("fetched.after")
        return await self._done(finished, fetched, first_byte_at)

    async def _stored(self, fetched: Fetched) -> Fetched:
        return replace(fetched, pictures=await store_pictures(fetched.pictures, self.step))

    async def _done_before_written(
        self, finished: Finished, fetched: Fetched, first_byte_at: float | None, background: Background
    ) -> Done:
        """What came is the caller's at once; storing what it need not wait for and the row's end follow."""
        if not self.spec.may_store_later:
            fetched = await self._stored(fetched)
        done, ending = self._outcome(finished, fetched, first_byte_at)

        async def write() -> None:
            stored = await self._stored(fetched) if self.spec.may_store_later else fetched
            whole = replace(ending, results=pictures_to_records(stored.pictures))
            if not await self.ledger.finish_later(self.reservation.intent_id, whole):
                LOG.error(ENDED_ELSEWHERE.format(self.reservation.uuid))

        background.take(self.reservation, write())
        return done

    async def finish_stored(self, pictures: tuple[StoredPicture, ...], answer: Mapping[str, Any]) -> CallOutcome:
        """Pictures that are stored already: only the row's end is missing."""
        return await self._done(finished_from_record(answer), Fetched(pictures, time.monotonic()), None)

    async def _handle_answer(self, exchange: Exchange) -> CallOutcome:
        outcome = read_answer(self.spec.adapter.read_submit, exchange, self.spec)
        if isinstance(outcome, Failed):
            return await self._failed(outcome)
        if isinstance(outcome, Pending):
            await self._submitted(outcome.job_id, pending_to_record(outcome), {})
            return await self.follow(outcome)
        if any(isinstance(image, Inline) or image.url.startswith("data:") for image in outcome.images):
            # Such pictures are nowhere but here: there is nothing a row could say to fetch them again.
            return await self.collect(outcome, exchange.first_byte_at, exchange)
        await self._submitted(outcome.job_id, {}, finished_to_record(outcome))
        return await self.collect(outcome, exchange.first_byte_at, exchange)

    async def _submitted(self, job_id: str, poll: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        self.step("submitted.before")
        await self.ledger.submitted(self.reservation, job_id, poll, answer)
        self.step("submitted.after")

    async def _done(self, finished: Finished, fetched: Fetched, first_byte_at: float | None) -> CallOutcome:
        done, ending = self._outcome(finished, fetched, first_byte_at)
        self.step("finish.before")
        if not await self.ledger.finish_done(self.reservation.intent_id, ending):
            raise LedgerFault(ENDED_ELSEWHERE.format(self.reservation.uuid))
        self.step("finish.after")
        return done

    def _outcome(self, finished: Finished, fetched: Fetched, first_byte_at: float | None) -> tuple[Done, Ending]:
        total_ms = None if self.resumed else _ms(fetched.last_byte_at - self.sent_at)
        ttfb_ms = None if self.resumed or first_byte_at is None else _ms(first_byte_at - self.sent_at)
        charged = self._charged(finished, fetched.pictures)
        cost = charged.total_usd if charged else self.reservation.reserved_usd
        ending = Ending(
            state="done",
            cost_usd=cost,
            cost_basis="price" if charged else self.spec.cost_basis,
            cost_breakdown=None if charged is None else parts_to_records(charged.parts),
            # A call we let go of in between says nothing of the provider's speed.
            sample_status="gateway" if self.resumed else "ok",
            effect=health_effect(None),
            ttfb_ms=ttfb_ms,
            total_ms=total_ms,
            megapixels=megapixels(fetched.pictures),
            results=pictures_to_records(fetched.pictures),
            answer=finished_to_record(finished),
        )
        done = Done(
            intent_uuid=self.reservation.uuid,
            pictures=fetched.pictures,
            cost_usd=cost,
            total_ms=total_ms or 0,
            ordered=self.spec.order.images,
            ttfb_ms=ttfb_ms,
            seed=finished.seed,
            revised_prompt=finished.revised_prompt,
            usage=finished.usage,
        )
        return done, ending

    def _charged(self, finished: Finished, pictures: tuple[StoredPicture, ...]) -> Cost | None:
        """What came, by its price; None where nobody can say: then what was set aside is charged."""
        came = Delivery(
            # of a call that another process began the row names only pictures that had links
            pictures=max(len(finished.images), len(pictures)),
            sizes=tuple(Size(width_px=picture.width_px, height_px=picture.height_px) for picture in pictures),
            quality=finished.quality,
            stated_size=size_from_text(finished.size),
            usage=usage_from(finished.usage),
        )
        cost = self.spec.quote.charge(came) if self.spec.quote else None
        return cost if isinstance(cost, Cost) else None

    async def _failed(self, failed: Failed) -> AttemptFailed:
        cost, basis = self._spent(failed.may_have_charged)
        ending = Ending(
            state="failed",
            cost_usd=cost,
            cost_basis=basis,
            sample_status=failed.kind,
            effect=health_effect(failed.kind, retry_after_s=failed.retry_after_s, provider_wide=failed.provider_wide),
            kind=failed.kind,
            message=failed.message,
            code=failed.code,
            http_status=failed.http_status,
            total_ms=None if self.resumed else _ms(time.monotonic() - (self.sent_at or self.reservation.began_at)),
        )
        await self._finish(ending)
        return AttemptFailed(
            intent_uuid=self.reservation.uuid,
            kind=failed.kind,
            message=failed.message,
            cost_usd=cost,
            code=failed.code,
            http_status=failed.http_status,
            retry_after_s=failed.retry_after_s,
            provider_wide=failed.provider_wide,
        )

    async def _ambiguous(self, fault: DispatchFault) -> Ambiguous:
        cost = self.reservation.reserved_usd
        total_ms = _ms(time.monotonic() - self.sent_at)
        await self._finish(unknown_ending(cost, fault.kind, fault.message, total_ms))
        return Ambiguous(intent_uuid=self.reservation.uuid, kind=fault.kind, message=fault.message, cost_usd=cost)

    async def _finish(self, ending: Ending) -> None:
        """Raises LedgerFault where someone else has ended it."""
        self.step("finish.before")
        if not await self.ledger.finish(self.reservation.intent_id, ending):
            raise LedgerFault(ENDED_ELSEWHERE.format(self.reservation.uuid))
        self.step("finish.after")

    def _spent(self, may_have_charged: bool) -> tuple[Decimal, CostBasis]:
        return (self.reservation.reserved_usd, "assumed") if may_have_charged else (NOTHING, "nothing")


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
