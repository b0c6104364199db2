"""Follows an accepted job until it has ended: asks at growing intervals, bears passing faults, and stops in time."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from providers.adapters.wire import Account, Adapter, Failed, Finished, Link, Pending, ProviderRequest
from providers.dispatch.call_spec import CallSpec
from providers.dispatch.faults import AnswerLost, NotAllowed, NotSent, Unusable
from providers.dispatch.wire import Exchange, Wire, origin_of

FIRST_PAUSE_S: Final = 0.3
LONGEST_PAUSE_S: Final = 3.0
GROWTH: Final = 1.4
ONE_ASK_S: Final = 20.0
# Answers that say nothing of the job, only of the moment. Their fault becomes the job's when it goes on so long.
PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
MOST_PASSING: Final = 6


@dataclass(frozen=True)
class Followed:
    """How the job ended, and the answer that said so; None where it was our patience that ended."""

    outcome: Finished | Failed
    exchange: Exchange | None = None


async def follow(
    wire: Wire, spec: CallSpec, pending: Pending, *, own_origins: frozenset[str], ends_at: float
) -> Followed:
    """Asks until the job has ended or `ends_at` of the monotonic clock is reached."""
    pause_s, passing = FIRST_PAUSE_S, 0
    while (left := ends_at - time.monotonic()) > 0:
        if not pending.is_ready or passing:
            await asyncio.sleep(min(pause_s, left))
            pause_s = min(pause_s * GROWTH, LONGEST_PAUSE_S)
        within_s = min(ONE_ASK_S, ends_at - time.monotonic())
        if within_s <= 0:
            break
        try:
            exchange = await wire.send(pending.poll, own_origins=own_origins, within_s=within_s)
        except NotAllowed as fault:
            return Followed(Failed(kind=fault.kind, message=fault.message, may_have_charged=True))
        except (NotSent, AnswerLost, Unusable) as fault:
            passing += 1
            if passing > MOST_PASSING:
                return Followed(Failed(kind=fault.kind, message=fault.message, may_have_charged=True))
            continue
        outcome = read_answer(spec.adapter.read_poll, exchange, spec)
        if isinstance(outcome, Failed) and exchange.answer.status in PASSING and passing < MOST_PASSING:
            passing += 1
            pause_s = max(pause_s, min(outcome.retry_after_s or 0.0, 10.0))
            continue
        passing = 0
        if not isinstance(outcome, Pending):
            return Followed(outcome, exchange)
        pending = outcome
    await _cancel(wire, pending, own_origins)
    late = f"the job was not finished within {spec.deadline_s:.0f} s"
    return Followed(Failed(kind="timeout", message=late, may_have_charged=True))


def read_answer(read: Any, exchange: Exchange, spec: CallSpec) -> Pending | Finished | Failed:
    """The adapter's reading. What it stumbles over is an answer that is none of the protocol's."""
    try:
        outcome: Pending | Finished | Failed = read(exchange.answer, spec.order, spec.access.account)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        status = exchange.answer.status
        return Failed(
            kind="upstream",
            message=f"the answer with status {status} could not be read",
            http_status=status,
            may_have_charged=status < 400,
        )
    return outcome


def own_origins_for(adapter: Adapter, account: Account, submit_url: str) -> frozenset[str]:
    """Origins the operator chose or the protocol names: where the paid call goes, and where the account lies."""
    return frozenset(filter(None, map(origin_of, (submit_url, account.base_url or adapter.default_base_url))))


def finished_to_record(finished: Finished) -> dict[str, Any]:
    """What the row keeps of an answer: links to fetch from, and what was said of the pictures."""
    return {
        "links": [image.url for image in finished.images if isinstance(image, Link) and len(image.url) < 4000],
        "job_id": finished.job_id,
        "seed": finished.seed,
        "revised_prompt": finished.revised_prompt,
        "billed_units": finished.billed_units,
        "quality": finished.quality,
        "size": finished.size,
        "usage": dict(finished.usage),
    }


def finished_from_record(answer: Mapping[str, Any]) -> Finished:
    """The answer again, its pictures as links."""
    return Finished(
        images=tuple(Link(url) for url in answer.get("links", ())),
        job_id=answer.get("job_id", ""),
        seed=answer.get("seed"),
        revised_prompt=answer.get("revised_prompt", ""),
        billed_units=answer.get("billed_units", ""),
        quality=answer.get("quality", ""),
        size=answer.get("size", ""),
        usage=answer.get("usage", {}),
    )


def pending_to_record(pending: Pending) -> dict[str, Any]:
    """How to ask again, as JSON without the key."""
    return {
        "job_id": pending.job_id,
        "poll": _request_to_record(pending.poll),
        "cancel": _request_to_record(pending.cancel),
    }


def pending_from_record(record: Mapping[str, Any], authorization: str) -> Pending:
    """The job again, asked for with the key of now."""
    poll = _request_from_record(record["poll"], authorization)
    assert poll is not None
    return Pending(job_id=record["job_id"], poll=poll, cancel=_request_from_record(record["cancel"], authorization))


def _request_to_record(request: ProviderRequest | None) -> dict[str, Any] | None:
    if request is None:
        return None
    return {
        "method": request.method,
        "url": request.url,
        "headers": [list(pair) for pair in request.headers],
        "read_timeout_s": request.read_timeout_s,
    }


def _request_from_record(record: Mapping[str, Any] | None, authorization: str) -> ProviderRequest | None:
    if record is None:
        return None
    return ProviderRequest(
        method=record["method"],
        url=record["url"],
        authorization=authorization,
        headers=tuple((name, value) for name, value in record["headers"]),
        read_timeout_s=record["read_timeout_s"],
    )


async def _cancel(wire: Wire, pending: Pending, own_origins: frozenset[str]) -> None:
    """Asks the provider to stop. That it does is not relied on: the money counts as spent either way."""
    if pending.cancel is None:
        return
    try:
        await wire.send(pending.cancel, own_origins=own_origins, within_s=2.0)
    except (NotSent, AnswerLost, Unusable):
        return
