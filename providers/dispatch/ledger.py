"""The account of paid calls in PostgreSQL, moved by compare-and-set: every step is durable before the next begins.

What many calls do at one time shares a statement and a commit: reservations that go at once, and endings with pictures.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Generic, TypeVar, get_args

from django.conf import settings
from psycopg import DataError, IntegrityError, OperationalError, errors
from psycopg.rows import dict_row, tuple_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from providers.accounts.reading import USUAL_CONCURRENCY
from providers.dispatch import progress_sql, reserve_sql
from providers.dispatch.call_spec import CallRefused, CallSpec, RefusalReason, Reservation
from providers.dispatch.faults import LedgerFault
from providers.dispatch.ledger_values import (
    LEASE_S,
    Ending,
    claim_values,
    done_row,
    finish_values,
    reserve_row,
    reserve_values,
    rows_to_json,
    storable,
)
from providers.dispatch.pools import open_pool

LOG = logging.getLogger(__name__)
TRIES: Final = 3
# Nobody waits for an ending whose answer has gone out: it waits so long for others.
ENDINGS_GATHER_S: Final = 0.05
# Where many calls come at once each waits a moment for the others; it would wait for the processor otherwise.
RESERVES_GATHER_S: Final = 0.004
# Of an ending whose answer has gone out, while the database is away.
LATER_PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
FREED_BY_ENDINGS: Final = frozenset({"over_budget", "busy"})
UNFINISHED: Final = ("submitting", "submitted", "fetched")

V = TypeVar("V")
R = TypeVar("R")
Run = Callable[[Sequence[V]], Awaitable[Sequence[R | Exception]]]
MOST_AT_ONCE: Final = 100
# So long after callers came together others are expected.
BUSY_S: Final = 0.05


class Gathered(Generic[V, R]):
    """Runs `run` with the values of all who wait, and gives each its own of the results, which are in the same order; a
    result that is an exception is raised.

    One run at a time, of at most MOST_AT_ONCE values. `pause_s` is how long the first of a batch waits for others; with
    `only_busy` it does so where several have come together just before, so that one caller alone never waits.
    What a run raises is raised in all of its callers.
    """

    def __init__(self, run: Run[V, R], *, pause_s: float = 0.0, only_busy: bool = False) -> None:
        self._run, self._pause_s, self._only_busy = run, pause_s, only_busy
        self._crowded_at = float("-inf")
        self._waiting: list[tuple[V, asyncio.Future[R]]] = []
        self._at_work: list[asyncio.Future[R]] = []
        self._hurry = asyncio.Event()
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, value: V) -> R:
        """The value's own result."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((value, future))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await future

    async def flush(self) -> None:
        """Until everything that waits now has been run."""
        now = {*self._at_work, *(future for _, future in self._waiting)}
        if now:
            self._hurry.set()
            await asyncio.wait(now)

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                self._hurry.clear()
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._run_one(batch)
        finally:
            self._working = None

    async def _gather(self) -> None:
        waits = self._pause_s and not (self._only_busy and time.monotonic() - self._crowded_at > BUSY_S)
        if waits and not self._hurry.is_set() and len(self._waiting) < MOST_AT_ONCE:
            try:
                async with asyncio.timeout(self._pause_s):
                    await self._hurry.wait()
            except TimeoutError:
                return

    async def _run_one(self, batch: list[tuple[V, asyncio.Future[R]]]) -> None:
        self._at_work = [future for _, future in batch]
        if len(batch) > 1:
            self._crowded_at = time.monotonic()
        try:
            results = await self._run([value for value, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


class Ledger:
    """Over a pool of connections that commit each statement by itself."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._reserve_gathered = Gathered(self._reserve_many, pause_s=RESERVES_GATHER_S, only_busy=True)
        self._finish_gathered = Gathered(self._finish_many)
        self._finish_later = Gathered(self._finish_many, pause_s=ENDINGS_GATHER_S)

    async def reserve(self, spec: CallSpec, *, goes_now: bool) -> Reservation | CallRefused:
        """Set the money aside and write the row, `submitting` when the call follows at once; or say what forbids it."""
        if spec.reserve_usd is None:
            return CallRefused(reason="unknown_cost", detail=getattr(spec.cost, "reason", "") or "no price is known")
        if goes_now and spec.source == "gateway":
            intent_id = await self._reserve_gathered(spec)
            if intent_id is not None:
                return Reservation(intent_id, spec.intent_uuid, spec.reserve_usd)
            # What has ended by now and is not written yet may be what stands in its way.
            await self._finish_later.flush()
        found = await self._reserve_alone(spec, goes_now=goes_now)
        if goes_now and isinstance(found, CallRefused) and found.reason in FREED_BY_ENDINGS:
            # Likewise in another process.
            await asyncio.sleep(2 * ENDINGS_GATHER_S)
            found = await self._reserve_alone(spec, goes_now=goes_now)
        return found

    async def _reserve_alone(self, spec: CallSpec, *, goes_now: bool) -> Reservation | CallRefused:
        values = reserve_values(spec, goes_now=goes_now)
        row = await self._row(reserve_sql.RESERVE, values)
        if row["refusal"] == "no_window":
            await self._row(reserve_sql.MAKE_WINDOWS, values)
            row = await self._row(reserve_sql.RESERVE, values)
        if row["refusal"]:
            return CallRefused(reason=_reason(row["refusal"]), detail=row["detail"] or spec.endpoint_key)
        assert spec.reserve_usd is not None
        return Reservation(row["intent_id"], spec.intent_uuid, spec.reserve_usd)

    async def _reserve_many(self, specs: Sequence[CallSpec]) -> list[int | None]:
        """The row of each; None where RESERVE has to say what becomes of it."""
        values = {
            "rows": rows_to_json(reserve_row(place, spec) for place, spec in enumerate(specs)),
            "site_day": settings.SITE_BUDGET_USD_PER_DAY,
            "site_hour": settings.SITE_BUDGET_USD_PER_HOUR,
            "usual_concurrency": USUAL_CONCURRENCY,
        }
        try:
            made = {uuid: intent_id for intent_id, uuid in await self._rows(reserve_sql.RESERVE_MANY, values)}
        except (DataError, IntegrityError) as error:
            LOG.warning("calls are reserved one by one: %s", error)
            return [None] * len(specs)
        return [made.get(spec.intent_uuid) for spec in specs]

    async def claim(self, spec: CallSpec) -> Reservation | CallRefused:
        """Take a reserved row for sending; of many that try, one gets it."""
        row = await self._row(reserve_sql.CLAIM, claim_values(spec))
        if not row:
            return CallRefused(reason="taken", detail=f"no intent {spec.intent_uuid}")
        if row["refusal"]:
            return CallRefused(reason=_reason(row["refusal"]), detail=spec.endpoint_key)
        return Reservation(row["intent_id"], spec.intent_uuid, row["reserved_usd"])

    async def submitted(
        self, reservation: Reservation, job_id: str, poll: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> None:
        """The provider has answered. Raises LedgerFault."""
        values = {"job_id": storable(job_id)[:200], "poll": Jsonb(storable(poll)), "answer": Jsonb(storable(answer))}
        await self._move(progress_sql.SUBMITTED, reservation, values)

    async def extend(self, intent_ids: Sequence[int]) -> None:
        """Say that somebody still drives them."""
        await self._rows(progress_sql.EXTEND, {"ids": intent_ids, "lease_s": LEASE_S})

    async def fetched(self, reservation: Reservation, results: list[Any], answer: Mapping[str, Any]) -> None:
        """Every picture is in storage. Raises LedgerFault."""
        await self._move(
            progress_sql.FETCHED, reservation, {"results": Jsonb(results), "answer": Jsonb(storable(answer))}
        )

    async def take_over(self, intent_id: int) -> Mapping[str, Any] | None:
        """An intent whose driver fell silent, with age and time left in seconds; None when someone else has it."""
        return await self._row(progress_sql.TAKE_OVER, {"id": intent_id, "lease_s": LEASE_S}) or None

    async def finish_done(self, intent_id: int, ending: Ending) -> bool:
        """End a call that gave its pictures, together with others that end now; False where it had been ended."""
        return await self._finish_gathered((intent_id, ending))

    async def finish_later(self, intent_id: int, ending: Ending) -> bool:
        """Likewise once more have gathered, and tried again while the database is away: nobody else would know."""
        for pause_s in LATER_PAUSES_S:
            try:
                return await self._finish_later((intent_id, ending))
            except (OperationalError, PoolTimeout) as error:
                LOG.warning("an ending waits for the database: %s", error)
                await asyncio.sleep(pause_s)
        return await self._finish_later((intent_id, ending))

    async def flush(self) -> None:
        """Write the endings that wait for others."""
        await self._finish_later.flush()

    async def _finish_many(self, endings: Sequence[tuple[int, Ending]]) -> list[bool | Exception]:
        """Whether each was ended here."""
        values = {"rows": rows_to_json(done_row(intent_id, ending) for intent_id, ending in endings)}
        try:
            ended = {intent_id for (intent_id,) in await self._rows(progress_sql.FINISH_MANY, values)}
        except (DataError, IntegrityError) as error:
            LOG.warning("calls are ended one by one: %s", error)
            return [await self._finish_alone(intent_id, ending) for intent_id, ending in endings]
        return [intent_id in ended for intent_id, _ in endings]

    async def _finish_alone(self, intent_id: int, ending: Ending) -> bool | Exception:
        """What cannot be written of one is the fault of its own caller alone."""
        try:
            return await self.finish(intent_id, ending)
        except (DataError, IntegrityError) as error:
            return error

    async def finish(
        self, intent_id: int, ending: Ending, *, from_states: tuple[str, ...] = UNFINISHED, only_overdue: bool = False
    ) -> bool:
        """End it, with the money, the sample and the health; False when it was not in one of the states any more."""
        values = finish_values(intent_id, ending) | {"from_states": list(from_states), "only_overdue": only_overdue}
        return bool((await self._row(progress_sql.FINISH, values))["count"])

    async def _move(self, statement: str, reservation: Reservation, values: Mapping[str, Any]) -> None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, {"id": reservation.intent_id, "lease_s": LEASE_S, **values})
            if cursor.rowcount != 1:
                raise LedgerFault(f"intent {reservation.uuid} has been moved on by someone else")

    async def _row(self, statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The first row, {} without one."""
        return next(iter(await self._rows(statement, values, dict_row)), {})

    async def _rows(self, statement: str, values: Mapping[str, Any], factory: Any = tuple_row) -> list[Any]:
        """A statement that lost a deadlock has changed nothing and is tried again."""
        for attempt in range(1, TRIES + 1):
            try:
                async with self._pool.connection() as connection, connection.cursor(row_factory=factory) as cursor:
                    await cursor.execute(statement, values)
                    return await cursor.fetchall() if cursor.description else []
            except errors.DeadlockDetected:
                if attempt == TRIES:
                    raise
        raise AssertionError("unreachable")


@asynccontextmanager
async def open_ledger(*, connections_at_most: int = 8) -> AsyncIterator[Ledger]:
    """A ledger on Django's default database for as long as the block runs."""
    # These statements are long and always the same: planning them anew would take longer than running them.
    async with open_pool(
        most=connections_at_most,
        timeout_s=30.0,
        options="-c plan_cache_mode=force_generic_plan",
        also={"prepare_threshold": 0},
    ) as pool:
        yield Ledger(pool)


def _reason(refusal: str) -> RefusalReason:
    return next(reason for reason in get_args(RefusalReason) if reason == refusal)
