"""Brings a store back whose keeper has gone, for as long as the stack runs; the keeper does the same for its server."""

from dataclasses import dataclass, field

from lumenboard.embedded.faults import EmbeddedError
from lumenboard.embedded.lease import Lease
from lumenboard.embedded.process import Restarts


@dataclass
class StoreWatch:
    """One leased store. Never waits for it: whoever else has to be looked after must not wait either."""

    lease: Lease
    restarts: Restarts = field(default_factory=Restarts)
    retry_at: float | None = None

    @property
    def name(self) -> str:
        return self.lease.store.name

    def tend(self, now: float) -> str | None:
        """Start its keeper again when it has gone and the pause is over; returns what happened, if anything."""
        if self.retry_at is not None:
            return self._begin(now) if now >= self.retry_at else None
        if not self.lease.is_lost():
            return None
        return self._plan(self.lease.complaint() or "its keeper has gone", now)

    def trouble(self, now: float) -> str:
        """Why it is not there, or not to be relied on; empty when all is well."""
        if self.retry_at is None and not self.restarts.is_unkept(now):
            return ""
        return f"{self.restarts.last}, {self.restarts.in_a_row} in a row"

    def _begin(self, now: float) -> str | None:
        self.retry_at = None
        self.restarts.started(now)
        try:
            self.lease.begin()
        except (EmbeddedError, OSError) as error:
            return self._plan(str(error), now)
        return None

    def _plan(self, how: str, now: float) -> str:
        pause = self.restarts.pause_after(how, now)
        self.retry_at = now + pause
        return f"{self.name} was lost ({how}); starting it again in {pause:g} s"
