"""How far a run has come: its pictures, what they have cost, what is still held for them. Read side, two queries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from arena.models import Generation, Run
from arena.models.schedules import OPEN_RUNS
from providers.planning.sizes import SIZE_WORDS, size_note
from providers.pricing import Size

NOTHING: Final = Decimal(0)
STAGES: Final = {
    "reserved": "in the queue",
    "submitting": "being sent",
    "submitted": "being drawn",
    "fetched": "being stored",
}


@dataclass(frozen=True)
class RunProgress:
    """`pictures` are in the order of the plan, each with its intent, model and entry at hand."""

    run: Run
    pictures: Sequence[Generation]

    @property
    def counts(self) -> Counter[str]:
        """By status."""
        return Counter(picture.status for picture in self.pictures)

    @property
    def is_open(self) -> bool:
        """Whether anything may still change by itself."""
        return self.run.state in OPEN_RUNS or self.counts["waiting"] > 0

    @property
    def is_simulated(self) -> bool:
        return any(picture.simulated for picture in self.pictures)

    @property
    def spent_usd(self) -> Decimal:
        """Of ended calls, those that may have been charged included."""
        costs = (picture.intent.cost_usd for picture in self.pictures if picture.intent)
        return sum((cost for cost in costs if cost is not None), NOTHING)

    @property
    def reserved_usd(self) -> Decimal:
        """Of calls that have not ended, sent or not."""
        return sum((_held(picture) for picture in self.pictures if picture.status == "waiting"), NOTHING)

    @property
    def ended(self) -> int:
        return len(self.pictures) - self.counts["waiting"]

    @property
    def share(self) -> float:
        """Of pictures that have ended, 0 to 1."""
        return self.ended / len(self.pictures) if self.pictures else 0.0

    @property
    def retriable(self) -> int:
        """Failed ones that nobody has tried again."""
        again = {picture.retry_of_id for picture in self.pictures}
        return sum(picture.status == "failed" and picture.pk not in again for picture in self.pictures)

    @property
    def held_entries(self) -> int:
        """Entries that wait for somebody to publish them."""
        return sum(bool(picture.entry and picture.entry.status == "held") for picture in self.pictures)

    def elapsed_s(self, now: datetime) -> float:
        """Since it was started, up to its end."""
        began = self.run.started_at or self.run.created_at
        ends = [picture.finished_at for picture in self.pictures if picture.finished_at]
        until = now if self.is_open else max([*ends, self.run.finished_at or began])
        return max(0.0, (until - began).total_seconds())


def read_progress(run: Run) -> RunProgress:
    pictures = run.generations.select_related("model", "endpoint__provider", "intent", "entry__image")
    return RunProgress(run, list(pictures))


def stage_of(picture: Generation) -> str:
    """What is happening to a picture that waits."""
    return STAGES.get(picture.intent.state, "being taken in") if picture.intent else "waiting for a worker"


def size_note_of(picture: Generation) -> str:
    """What the model gives where another size was asked for; empty where it gives that size."""
    order = picture.intent.order if picture.intent else {}
    asked = picture.size
    if size := order.get("size"):
        return size_note(asked, Size(width_px=size[0], height_px=size[1]), {})
    words = {name: value for name, value in order.get("parameters", {}).items() if name in SIZE_WORDS}
    return size_note(asked, asked, words)


def _held(picture: Generation) -> Decimal:
    if picture.intent is None:
        return picture.planned_usd
    return picture.intent.reserved_usd if picture.intent.cost_usd is None else NOTHING
