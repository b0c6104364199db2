"""What the account's statements are given: calls and their endings, as parameters and as rows of many; and what the end
of a call says of its endpoint's health.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

import orjson
from django.conf import settings
from psycopg.types.json import Jsonb

from providers.accounts.reading import USUAL_CONCURRENCY
from providers.adapters.wire import FailureKind
from providers.dispatch.call_spec import CallSpec, CostBasis
from providers.pricing import CostPart

# A driver says three times within it that it is there; one that has been silent so long is taken for dead.
LEASE_S: Final = 45.0
# Of the calls a provider takes at once, so many may be scheduled ones: a stuck provider must not hold every worker.
SCHEDULED_LANES: Final = 3
ALL_LANES: Final = 32_767

FAULTS_TO_OPEN: Final = 5
FIRST_PAUSE_S: Final = 30.0
LONGEST_PAUSE_S: Final = 600.0
# A half-open call must have ended by then, or another may try.
PROBE_S: Final = 360.0
FAULTS: Final[frozenset[FailureKind]] = frozenset({"rate_limit", "upstream", "timeout"})
# An answer to what we did wrong still shows that the endpoint answers.
ANSWERS: Final[frozenset[FailureKind]] = frozenset({"client", "moderation"})
COOL_S: Final[dict[FailureKind, float]] = {"rate_limit": 30.0, "upstream": 10.0, "timeout": 15.0}
LONGEST_COOL_S: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class Effect:
    """`fault` counts towards opening, `alive` closes, `none` leaves all as it is; `opens_now` opens at the first."""

    verb: Literal["fault", "alive", "none"]
    opens_now: bool = False
    cool_s: float = 0.0
    provider_wide: bool = False


def health_effect(
    kind: FailureKind | None, *, retry_after_s: float | None = None, provider_wide: bool = False
) -> Effect:
    """Of a success (None) or a failure. A fault of key or balance stops every endpoint of the provider at once."""
    if kind is None or (kind in ANSWERS and not provider_wide):
        return Effect(verb="alive")
    if kind not in FAULTS and not provider_wide:
        return Effect(verb="none")
    wanted = COOL_S.get(kind, FIRST_PAUSE_S) if retry_after_s is None else max(1.0, retry_after_s)
    return Effect(
        verb="fault", opens_now=provider_wide, cool_s=min(wanted, LONGEST_COOL_S), provider_wide=provider_wide
    )


def pause_s(times_opened: int) -> float:
    """How long the breaker stays open, opened for the first time (0), again (1), …"""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(times_opened, 10)))


def breaker_state(
    opened_until: datetime | None, probe_until: datetime | None, now: datetime
) -> Literal["closed", "open", "half-open", "probing"]:
    """In words. Half-open: the next call may try; probing: it is trying."""
    if opened_until is None:
        return "closed"
    if opened_until > now:
        return "open"
    return "probing" if probe_until and probe_until > now else "half-open"


SampleStatus = Literal["ok"] | FailureKind


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an intent ends. `kind` None is success; times and breakdown None are taken from the row."""

    state: Literal["done", "failed", "unknown"]
    cost_usd: Decimal
    cost_basis: CostBasis
    sample_status: SampleStatus
    effect: Effect
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


def unknown_ending(cost: Decimal, kind: FailureKind, message: str, total_ms: int | None) -> Ending:
    """A call whose fate nobody knows: it counts as spent."""
    return Ending(
        state="unknown",
        cost_usd=cost,
        cost_basis="assumed",
        sample_status=kind,
        effect=health_effect(kind),
        kind=kind,
        message=message,
        total_ms=total_ms,
    )


def _gate_values(spec: CallSpec) -> dict[str, Any]:
    return {
        "uuid": spec.intent_uuid,
        "endpoint": spec.endpoint_id,
        "provider": spec.access.provider_id,
        "usual_concurrency": USUAL_CONCURRENCY,
        "lanes": ALL_LANES if spec.source == "gateway" else SCHEDULED_LANES,
        "skips_breaker": spec.skips_breaker,
        "probe_s": PROBE_S,
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


def reserve_row(place: int, spec: CallSpec) -> dict[str, Any]:
    """One row of RESERVE_MANY."""
    scopes = spec.all_scopes
    return {
        "n": place,
        "uuid": spec.intent_uuid,
        "endpoint": spec.endpoint_id,
        "provider": spec.access.provider_id,
        "endpoint_key": spec.endpoint_key,
        "mode": spec.order.mode,
        "source": spec.source,
        "simulated": spec.access.simulated,
        "order": spec.order_record,
        "attempt": spec.attempt,
        "request_id": spec.request_id,
        "usd": spec.reserve_usd,
        "cost_basis": spec.cost_basis,
        "cost_breakdown": parts_to_records(getattr(spec.cost, "parts", ())),
        "scopes": [scope.kind for scope in scopes],
        "subjects": [scope.subject for scope in scopes],
        "lease_s": LEASE_S,
        "deadline_s": spec.deadline_s,
    }


def done_row(intent_id: int, ending: Ending) -> dict[str, Any]:
    """One row of FINISH_MANY."""
    return {
        "id": intent_id,
        "cost": ending.cost_usd,
        "cost_basis": ending.cost_basis,
        "cost_breakdown": ending.cost_breakdown,
        "results": ending.results,
        "answer": storable(ending.answer),
        "ttfb_ms": ending.ttfb_ms,
        "total_ms": ending.total_ms,
        "megapixels": ending.megapixels,
        "sample_status": ending.sample_status,
    }


def rows_to_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as the one parameter of a statement for many."""
    listed = list(rows)
    try:
        return orjson.dumps(listed, default=_plain).decode()
    except TypeError:
        # a number beyond 64 bits, as a provider may count
        return json.dumps(listed, default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


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
        "faults_to_open": FAULTS_TO_OPEN,
        "pause_s": FIRST_PAUSE_S,
        "longest_pause_s": LONGEST_PAUSE_S,
    }


def storable(value: Any) -> Any:
    """What a provider said, without the characters PostgreSQL cannot keep: zeros and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(inner) for name, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, list | tuple) else value
