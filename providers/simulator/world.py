"""The state of one running simulator, and the one way into it: an order accepted."""

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from providers.simulator.jobs import FOREVER_S, Job, Jobs, Shelf, limits_of
from providers.simulator.latency import durations
from providers.simulator.ledger import Ledger
from providers.simulator.orders import Order, slug_of
from providers.simulator.pictures import Picture, PictureKind, Pictures, PictureSpec, Sources
from providers.simulator.script import Script
from providers.simulator.switches import NOTHING, BadSwitch, Faults, Switches, Trouble, parse, trouble_of

FAULT_HEADER: Final = "x-simulate"
INTENT_HEADER: Final = "x-lumenboard-intent"
LONGEST_HANG_S: Final = 3600.0


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How a simulator runs. `speed` multiplies every latency: 1 is lifelike, 0 answers at once."""

    speed: float = 1.0
    pictures: PictureKind = "plain"
    seed: int = 0
    tls_port: int | None = None
    file_lifetime_s: float = 3600.0


class World:
    """Everything the simulator knows; one per server, touched from its event loop only."""

    def __init__(self, conditions: Conditions, clock: Callable[[], float] = time.monotonic) -> None:
        self.conditions = conditions
        self.clock = clock
        self.jobs = Jobs()
        self.ledger = Ledger()
        self.script = Script()
        self.pictures = Pictures(conditions.pictures)
        self.sources = Sources()
        self.files = Shelf(self.new_id, clock)
        # Replicate's versions seen so far, and whose they are.
        self.models: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._run = os.urandom(4).hex()

    def new_id(self) -> str:
        """Unlike any other of this server, in the form of a UUID."""
        number = next(self._numbers)
        return f"{self._run}-51e0-4000-8000-{number:012x}"

    def accept(self, headers: Mapping[str, str], order: Order, limit_s: float = FOREVER_S) -> Job:
        """Take an order: a job that runs from now on, charged unless its faults are refusals.

        Raises Trouble, with or without a charge, where a fault asks for it.
        """
        nth = self.ledger.count(order.provider, order.model)
        faults = self._faults(order, headers.get(FAULT_HEADER))
        job = Job(
            id=self.new_id(),
            order=order,
            accepted_at=self.clock(),
            accepted_unix=time.time(),
            queue_s=0.0,
            run_s=0.0,
            faults=faults,
            limit_s=limit_s,
        )
        if self.conditions.speed:
            queue_s, run_s = durations(self.conditions.seed, order.provider, slug_of(order.model), nth)
            job.queue_s, job.run_s = queue_s * self.conditions.speed, run_s * self.conditions.speed
        if faults:
            job.queue_s, job.run_s = limits_of(faults, job.queue_s, job.run_s)
        self._begin(job, headers)
        return job

    def _begin(self, job: Job, headers: Mapping[str, str]) -> None:
        switches = job.switches
        trouble = trouble_of(switches) if switches is not NOTHING else None
        refused = trouble or switches.moderation or switches.fails or switches.error_200
        if switches.charged or not (refused or switches.free):
            request_id = headers.get("x-request-id") or headers.get("idempotency-key") or ""
            self.ledger.charge(job, headers.get(INTENT_HEADER, ""), request_id)
        if trouble:
            trouble.request_id = job.id
            raise trouble
        self.jobs.add(job)
        for spec in job.pictures:
            self.pictures.begin(spec)

    def _faults(self, order: Order, header: str | None) -> Faults:
        try:
            return self.script.faults_for(order, header)
        except BadSwitch as error:
            raise _bad_switch(error) from None

    async def until_ended(self, job: Job, at_most_s: float = FOREVER_S) -> None:
        """Wait for a job, in real time; for one that never ends as long as the longest call is held open."""
        ends_at = min(job.ends_at, job.accepted_at + job.limit_s, self.clock() + min(at_most_s, LONGEST_HANG_S))
        # A timer may ring a moment early.
        while (left := ends_at - self.clock()) > 0:
            await asyncio.sleep(left)

    async def pictures_of(self, job: Job) -> list[Picture]:
        return [await self.pictures.get(spec) for spec in job.pictures]

    def store(self, content: bytes | PictureSpec, media_type: str, job: Job | None = None) -> str:
        """Put a file under a new token; pictures live as long as the job's faults say."""
        lifetime_s = self.conditions.file_lifetime_s
        if job is not None and job.switches.expires_s is not None:
            lifetime_s = job.switches.expires_s
        return self.files.put(content, media_type, lifetime_s, job)

    def tokens_of(self, job: Job) -> tuple[str, ...]:
        """One file per picture, stored when first asked for."""
        if not job.links:
            job.links = tuple(self.store(spec, spec.media_type, job) for spec in job.pictures)
        return job.links

    def reset(self) -> None:
        """As after the start: no charges, no rules, no jobs, no files."""
        self.ledger.clear()
        self.script.rules.clear()
        self.jobs.clear()
        self.files.clear()


def switches_at(place: str, job: Job | None, headers: Mapping[str, str]) -> Switches:
    """What is wrong with this request about a job: what it asks for itself, else the job's own fault there.

    Raises Trouble where that is a refusal.
    """
    asked = headers.get(FAULT_HEADER)
    switches = _own(asked).get(place, NOTHING) if asked else job.at(place) if job else NOTHING
    trouble = trouble_of(switches) if switches is not NOTHING else None
    if trouble:
        trouble.request_id = job.id if job else ""
        raise trouble
    return switches


def _own(asked: str) -> Faults:
    try:
        return parse(asked)
    except BadSwitch as error:
        raise _bad_switch(error) from None


def _bad_switch(error: BadSwitch) -> Trouble:
    return Trouble("invalid", f"{FAULT_HEADER}: {error}", field=FAULT_HEADER, status=400)
