"""The account of paid calls in PostgreSQL: every step is one statement and one commit, moved by compare-and-set."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from django.conf import settings
from psycopg import errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from providers.accounts.reading import USUAL_CONCURRENCY
from providers.adapters.wire import FailureKind
from providers.dispatch import breaker, progress_sql, reserve_sql
from providers.dispatch.call_spec import CallRefused, CallSpec, CostBasis, RefusalReason, Reservation
from providers.dispatch.faults import LedgerFault
from providers.dispatch.pools import open_pool
from providers.pricing import CostPart

# A driver says three times within it that it is there; one that has been silent so long is taken for dead.
LEASE_S: Final = 45.0
# Of the calls a provider takes at once, so many may be scheduled ones: a stuck provider must not hold every worker.
SCHEDULED_LANES: Final = 3
ALL_LANES: Final = 32_767
TRIES: Final = 3
UNFINISHED: Final = ("submitting", "submitted", "fetched")

SampleStatus = Literal["ok"] | FailureKind


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an intent ends. `kind` None is success; times and breakdown None are taken from the row."""

    state: Literal["done", "failed", "unknown"]
    cost_usd: Decimal
    cost_basis: CostBasis
    sample_status: SampleStatus
    effect: breaker.Effect
    kind: FailureKind | None = None
    message: str = ""
    code: str = ""
    http_status: int | None = None
    ttfb_ms: int | None = None
    total_ms: int | None = None
    megapixels: Decimal | None = None
    results: list[Any] | None = None
    answer: dict[str, Any] | None = None
    cost_breakdown: list[dict[str, str]] | None = None


class Ledger:
    """Over a pool of connections that commit each statement by itself."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def reserve(self, spec: CallSpec, *, goes_now: bool) -> Reservation | CallRefused:
        """Set the money aside and write the row, `submitting` when the call follows at once; or say what forbids it."""
        if spec.reserve_usd is None:
            return CallRefused(reason="unknown_cost", detail=getattr(spec.cost, "reason", "") or "no price is known")
        values = reserve_values(spec, goes_now=goes_now)
        row = await self._row(reserve_sql.RESERVE, values)
        if row["refusal"] == "no_window":
            await self._row(reserve_sql.MAKE_WINDOWS, values)
            row = await self._row(reserve_sql.RESERVE, values)
        if row["refusal"]:
            return CallRefused(reason=_reason(row["refusal"]), detail=row["detail"] or spec.endpoint_key)
        return Reservation(row["intent_id"], spec.intent_uuid, spec.reserve_usd)

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

    async def extend(self, reservation: Reservation) -> None:
        """Say that somebody still drives it. Raises LedgerFault."""
        await self._move(progress_sql.EXTEND, reservation, {})

    async def fetched(self, reservation: Reservation, results: list[Any], answer: Mapping[str, Any]) -> None:
        """Every picture is in storage. Raises LedgerFault."""
        await self._move(
            progress_sql.FETCHED, reservation, {"results": Jsonb(results), "answer": Jsonb(storable(answer))}
        )

    async def take_over(self, intent_id: int) -> Mapping[str, Any] | None:
        """An intent whose driver fell silent, with age and time left in seconds; None when someone else has it."""
        return await self._row(progress_sql.TAKE_OVER, {"id": intent_id, "lease_s": LEASE_S}) or None

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
        """The first row, {} without one. A statement that lost a deadlock has changed nothing and is tried again."""
        for attempt in range(1, TRIES + 1):
            try:
                async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
                    await cursor.execute(statement, values)
                    return (await cursor.fetchone() or {}) if cursor.description else {}
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


def _gate_values(spec: CallSpec) -> dict[str, Any]:
    return {
        "uuid": spec.intent_uuid,
        "endpoint": spec.endpoint_id,
        "provider": spec.access.provider_id,
        "usual_concurrency": USUAL_CONCURRENCY,
        "lanes": ALL_LANES if spec.source == "gateway" else SCHEDULED_LANES,
        "skips_breaker": spec.skips_breaker,
        "probe_s": breaker.PROBE_S,
    }


def reserve_values(spec: CallSpec, *, goes_now: bool) -> dict[str, Any]:
    """Parameters of RESERVE and MAKE_WINDOWS."""
    scopes = spec.all_scopes
    return _gate_values(spec) | {
        "goes_now": goes_now,
        "scopes": [scope.kind for scope in scopes],
        "subjects": [scope.subject for scope in scopes],
        "site_day": settings.SITE_BUDGET_USD_PER_DAY,
        "site_hour": settings.SITE_BUDGET_USD_PER_HOUR,
        "endpoint_key": spec.endpoint_key,
        "mode": spec.order.mode,
        "source": spec.source,
        "simulated": spec.access.simulated,
        "order": Jsonb(dict(spec.order_record)),
        "attempt": spec.attempt,
        "request_id": spec.request_id,
        "usd": spec.reserve_usd,
        "cost_basis": spec.cost_basis,
        "cost_breakdown": Jsonb(parts_to_records(getattr(spec.cost, "parts", ()))),
        "lease_s": LEASE_S if goes_now else spec.wait_s,
        "deadline_s": spec.deadline_s if goes_now else spec.wait_s + spec.deadline_s,
    }


def parts_to_records(parts: Iterable[CostPart]) -> list[dict[str, str]]:
    """What the row keeps of a cost's parts."""
    return [{name: str(value) for name, value in vars(part).items()} for part in parts]


def claim_values(spec: CallSpec) -> dict[str, Any]:
    """Parameters of CLAIM."""
    times = {"lease_s": LEASE_S, "deadline_s": spec.deadline_s}
    return _gate_values(spec) | times | {"goes_now": True}


def finish_values(intent_id: int, ending: Ending) -> dict[str, Any]:
    """Parameters of FINISH."""
    effect = ending.effect
    return {
        "id": intent_id,
        "state": ending.state,
        "cost": ending.cost_usd,
        "cost_basis": ending.cost_basis,
        "cost_breakdown": None if ending.cost_breakdown is None else Jsonb(ending.cost_breakdown),
        "kind": ending.kind or "",
        "message": storable(ending.message)[:2000],
        "code": storable(ending.code)[:120],
        "http_status": ending.http_status,
        "ttfb_ms": ending.ttfb_ms,
        "total_ms": ending.total_ms,
        "results": None if ending.results is None else Jsonb(ending.results),
        "answer": None if ending.answer is None else Jsonb(storable(ending.answer)),
        "megapixels": ending.megapixels,
        "sample_status": ending.sample_status,
        "verb": effect.verb,
        "opens_now": effect.opens_now,
        "cool_s": effect.cool_s,
        "provider_wide": effect.provider_wide,
        "faults_to_open": breaker.FAULTS_TO_OPEN,
        "pause_s": breaker.FIRST_PAUSE_S,
        "longest_pause_s": breaker.LONGEST_PAUSE_S,
    }


def storable(value: Any) -> Any:
    """What a provider said, without the characters PostgreSQL cannot keep: zeros and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(inner) for name, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, list | tuple) else value


def _reason(refusal: str) -> RefusalReason:
    return next(reason for reason in get_args(RefusalReason) if reason == refusal)
