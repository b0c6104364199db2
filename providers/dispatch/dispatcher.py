"""The door to dispatch: what the gateway and the workers call. Open one per event loop and keep it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2

from providers.disk_space import storage_shortage
from providers.dispatch.attempt import LAST_CHANCE_S, Walk, finished_of, no_step
from providers.dispatch.follow import own_origins_of, pending_of
from providers.dispatch.ledger import LEASE_S, Ledger, open_ledger
from providers.dispatch.pictures import Step, pictures_of
from providers.dispatch.ticket import Held, Outcome, Refused, Ticket
from providers.dispatch.wire import Wire, open_wire

T = TypeVar("T")


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

    async def run(self, ticket: Ticket) -> Outcome:
        """Money aside and the call at once: for an answer that holds its pictures two commits in all."""
        no_room = _no_room()
        return no_room if no_room else await self._through(self._run(ticket))

    async def reserve(self, ticket: Ticket) -> Held | Refused:
        """Money aside and a row that waits; `run_reserved` sends it."""
        return _no_room() or await self.ledger.reserve(ticket, goes_now=False)

    async def run_reserved(self, ticket: Ticket) -> Outcome:
        """Send a row that waits, unless another has taken it."""
        no_room = _no_room()
        return no_room if no_room else await self._through(self._run_reserved(ticket))

    async def resume(self, ticket: Ticket, row: Unfinished) -> Outcome | None:
        """Bring a left row to its end without any new charge; None when someone else has taken it over."""
        return await self._through(self._resume(ticket, row))

    async def drain(self) -> None:
        """Wait for everything that is under way."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _through(self, walk: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(walk)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _run(self, ticket: Ticket) -> Outcome:
        self.step("reserve.before")
        held = await self.ledger.reserve(ticket, goes_now=True)
        if isinstance(held, Refused):
            return held
        self.step("reserve.after")
        async with self._kept(held):
            return await Walk(self.ledger, self.wire, ticket, held, self.step).from_the_call()

    async def _run_reserved(self, ticket: Ticket) -> Outcome:
        self.step("claim.before")
        held = await self.ledger.claim(ticket)
        if isinstance(held, Refused):
            return held
        self.step("claim.after")
        async with self._kept(held):
            return await Walk(self.ledger, self.wire, ticket, held, self.step).from_the_call()

    async def _resume(self, ticket: Ticket, row: Unfinished) -> Outcome | None:
        taken = await self.ledger.take_over(row.intent_id)
        if taken is None:
            return None
        held = Held(row.intent_id, ticket.intent_uuid, taken["reserved_usd"])
        left_s = max(taken["left_s"], LAST_CHANCE_S)
        walk = Walk(self.ledger, self.wire, ticket, held, self.step, resumed=True, ends_at=held.began_at + left_s)
        async with self._kept(held):
            return await self._resumed(walk, ticket, row)

    async def _resumed(self, walk: Walk, ticket: Ticket, row: Unfinished) -> Outcome:
        if row.state == "fetched":
            return await walk.from_storage(pictures_of(row.results), row.answer)
        account = ticket.access.account
        request = ticket.adapter.submit(ticket.order, account, ticket.deadline_s)
        walk.own_origins = own_origins_of(ticket.adapter, account, request.url)
        if row.poll:
            return await walk.from_the_job(pending_of(row.poll, request.authorization))
        return await walk.from_the_result(finished_of(row.answer), None, None)

    @asynccontextmanager
    async def _kept(self, held: Held) -> AsyncIterator[None]:
        """Says every third of the lease that somebody still drives the row, for as long as the block runs."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(LEASE_S / 3)
                await self.ledger.extend(held)

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()
            # Whether it failed does not matter here: the next step of the walk finds out for itself.
            await asyncio.gather(keeping, return_exceptions=True)


def _no_room() -> Refused | None:
    shortage = storage_shortage()
    return Refused(reason="storage", detail=f"storage is full; {shortage}") if shortage else None


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
