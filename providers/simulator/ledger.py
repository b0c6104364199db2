"""What callers would have been charged, call by call."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from providers.simulator.jobs import Job

# Two kilobytes each, with the job they are of.
MOST_KEPT: Final = 250_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """One charge. It stands from the moment its job starts; a job stopped in the queue costs nothing."""

    number: int
    job: Job
    intent: str
    request_id: str

    def shown(self) -> dict[str, Any]:
        order = self.job.order
        return {
            "number": self.number,
            "provider": order.provider,
            "model": order.model,
            "job": self.job.id,
            "amount_usd": None if order.amount_usd is None else str(order.amount_usd),
            "units": order.units,
            "prompt": order.prompt,
            "images": len(order.pictures),
            "intent": self.intent,
            "request_id": self.request_id,
            "at": self.job.accepted_unix + (0.0 if self.job.queue_s == float("inf") else self.job.queue_s),
        }


class Ledger:
    """Charges in the order of their calls, and how many paid calls came in, refused ones too."""

    def __init__(self) -> None:
        self._charges: deque[Charge] = deque(maxlen=MOST_KEPT)
        self._submits: Counter[tuple[str, str]] = Counter()
        self._next = 1

    def count(self, provider: str, model: str) -> int:
        """Note one paid call; returns its place among this model's."""
        key = (provider, model)
        self._submits[key] += 1
        return self._submits[key]

    def charge(self, job: Job, intent: str, request_id: str) -> None:
        self._charges.append(Charge(number=self._next, job=job, intent=intent, request_id=request_id))
        self._next += 1

    def standing(self, now: float) -> Iterator[Charge]:
        return (charge for charge in self._charges if charge.job.switches.charged or charge.job.has_started(now))

    def calls(self) -> list[dict[str, Any]]:
        return [
            {"provider": provider, "model": model, "calls": calls}
            for (provider, model), calls in sorted(self._submits.items())
        ]

    def clear(self) -> int:
        """Forget everything; returns how many charges that were."""
        forgotten = len(self._charges)
        self._charges.clear()
        self._submits.clear()
        return forgotten


def total_usd(charges: list[Charge]) -> Decimal:
    """Of those whose price is known."""
    amounts = (charge.job.order.amount_usd for charge in charges)
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
