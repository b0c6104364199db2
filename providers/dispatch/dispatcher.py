"""Paid calls as one object: what the gateway and the workers call. Open one per event loop and keep it."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

import httpx2
from psycopg import Error as DatabaseFault
from psycopg_pool import PoolTimeout

from providers.disk_space import storage_shortage
from providers.dispatch.attempt import LAST_CHANCE_S, AttemptRunner, no_step
from providers.dispatch.call_spec import CallOutcome, CallRefused, CallSpec, Reservation
from providers.dispatch.follow import finished_from_record, own_origins_for, pending_from_record
from providers.dispatch.ledger import ENDINGS_GATHER_S, Ledger, open_ledger
from providers.dispatch.ledger_values import LEASE_S
from providers.dispatch.pictures import Step, pictures_from_records
from providers.dispatch.wire import Wire, open_wire

LOG = logging.getLogger(__name__)
# So many answered calls may wait to be written, each with its pictures in memory; then answers wait as well.
MOST_BEHIND: Final = 64
T = TypeVar("T")
Take = Callable[[CallSpec], Awaitable[Reservation | CallRefused]]


@dataclass(frozen=True)
class Unfinished:
    """A row that its driver left, as far as it came."""

    intent_id: int
    state: str
    poll: Mapping[str, Any]
    answer: Mapping[str, Any]
    results: list[dict[str, Any]]


@dataclass
class Dispatcher:
    """Runs attempts. What has been sent is followed to its end even when the caller goes away.

    Nothing is set aside or sent while the disk that takes the pictures is short of room.
    """

    ledger: Ledger
    wire: Wire
    step: Step = no_step
    _running: set[asyncio.Task[Any]] = field(default_factory=set)
    _behind: int = 0
    _driven: Counter[int] = field(default_factory=Counter)
    _beating: asyncio.Task[None] | None = None

    async def run(self, spec: CallSpec) -> CallOutcome:
        """Money aside and the call at once: for an answer that holds its pictures two commits, which calls share."""
        return await self._attempt(spec, "reserve", partial(self.ledger.reserve, goes_now=True))

    async def reserve(self, spec: CallSpec) -> Reservation | CallRefused:
        """Money aside and a row that waits; `run_reserved` sends it."""
        return _storage_refusal() or await self.ledger.reserve(spec, goes_now=False)

    async def run_reserved(self, spec: CallSpec) -> CallOutcome:
        """Send a row that waits, unless another has taken it."""
        return await self._attempt(spec, "claim", self.ledger.claim)

    async def resume(self, spec: CallSpec, row: Unfinished) -> CallOutcome | None:
        """Bring a left row to its end without any new charge; None when someone else has taken it over."""
        return await self._shielded(self._resume(spec, row))

    async def drain(self) -> None:
        """Wait for everything that is under way."""
        while self._running:
            # endings wait for others; here nobody else comes
            await self.ledger.flush()
            if self._running:
                await asyncio.wait(self._running, timeout=ENDINGS_GATHER_S)

    def stop_heartbeat(self) -> None:
        """Nothing is driven any more."""
        if self._beating is not None:
            self._beating.cancel()

    async def _shielded(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _attempt(self, spec: CallSpec, step: str, take: Take) -> CallOutcome:
        if refusal := _storage_refusal():
            return refusal
        return await self._shielded(self._send(spec, step, take))

    async def _send(self, spec: CallSpec, step: str, take: Take) -> CallOutcome:
        """The call, on the row that `take` gives."""
        self.step(f"{step}.before")
        reservation = await take(spec)
        if isinstance(reservation, CallRefused):
            return reservation
        self.step(f"{step}.after")
        with self._heartbeat(reservation):
            return await AttemptRunner(self.ledger, self.wire, spec, reservation, self.step, background=self).submit()

    @property
    def takes_more(self) -> bool:
        """Whether one more answer may go out before its end is written."""
        return self._behind < MOST_BEHIND

    def take(self, reservation: Reservation, work: Coroutine[Any, Any, None]) -> None:
        """Finish it behind the answer, its row driven as before."""
        self._behind += 1

        async def watched() -> None:
            try:
                with self._heartbeat(reservation):
                    await work
            except Exception:
                # The row stays as it is until the reaper finds it: unknown, and counted as spent.
                LOG.exception("a call that was answered could not be ended")
            finally:
                self._behind -= 1

        task = asyncio.create_task(watched())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _resume(self, spec: CallSpec, row: Unfinished) -> CallOutcome | None:
        taken = await self.ledger.take_over(row.intent_id)
        if taken is None:
            return None
        reservation = Reservation(row.intent_id, spec.intent_uuid, taken["reserved_usd"])
        left_s = max(taken["left_s"], LAST_CHANCE_S)
        runner = AttemptRunner(
            self.ledger, self.wire, spec, reservation, self.step, resumed=True, ends_at=reservation.began_at + left_s
        )
        with self._heartbeat(reservation):
            return await self._resumed(runner, spec, row)

    async def _resumed(self, runner: AttemptRunner, spec: CallSpec, row: Unfinished) -> CallOutcome:
        if row.state == "fetched":
            return await runner.finish_stored(pictures_from_records(row.results), row.answer)
        account = spec.access.account
        request = spec.adapter.submit(spec.order, account, spec.deadline_s)
        runner.own_origins = own_origins_for(spec.adapter, account, request.url)
        if row.poll:
            return await runner.follow(pending_from_record(row.poll, request.authorization))
        return await runner.collect(finished_from_record(row.answer), None, None)

    @contextmanager
    def _heartbeat(self, reservation: Reservation) -> Iterator[None]:
        """Says every third of the lease that somebody still drives the row, for as long as the block runs."""
        self._driven[reservation.intent_id] += 1
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            self._driven[reservation.intent_id] -= 1
            self._driven += Counter()

    async def _beat(self) -> None:
        """For all rows together, until there is none."""
        try:
            while self._driven:
                await asyncio.sleep(LEASE_S / 3)
                await self._extend()
        finally:
            self._beating = None

    async def _extend(self) -> None:
        if not self._driven:
            return
        try:
            await self.ledger.extend(list(self._driven))
        except (DatabaseFault, PoolTimeout) as error:
            # Whether it failed does not matter here: the next step of an attempt finds out for itself.
            LOG.warning("leases of calls could not be renewed: %s", error)


def _storage_refusal() -> CallRefused | None:
    shortage = storage_shortage()
    return CallRefused(reason="storage", detail=f"storage is full; {shortage}") if shortage else None


@asynccontextmanager
async def open_dispatcher(
    *, transport: httpx2.AsyncBaseTransport | None = None, step: Step = no_step, connections_at_most: int = 8
) -> AsyncIterator[Dispatcher]:
    """A dispatcher for as long as the block runs; leaving it waits for what is under way."""
    async with open_ledger(connections_at_most=connections_at_most) as ledger, open_wire(transport) as wire:
        dispatcher = Dispatcher(ledger, wire, step)
        try:
            yield dispatcher
        finally:
            await dispatcher.drain()
            dispatcher.stop_heartbeat()
