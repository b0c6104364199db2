"""A job's life, computed from the time gone by: nothing runs behind it. And the files that jobs and uploads leave."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from providers.simulator.orders import Order
from providers.simulator.pictures import PictureSpec
from providers.simulator.switches import NOTHING, SUBMIT, Faults, Switches

JobState = Literal["queued", "running", "done", "failed", "cancelled", "aborted"]
ENDED: Final[frozenset[JobState]] = frozenset({"done", "failed", "cancelled", "aborted"})
MOST_KEPT: Final = 50_000
FOREVER_S: Final = float("inf")


@dataclass
class Job:
    """One order at work. Times are readings of the world's clock, in seconds.

    `limit_s` is how long the caller lets it take, counted from its acceptance; before it starts it is then aborted,
    after that cancelled.
    """

    id: str
    order: Order
    accepted_at: float
    accepted_unix: float
    queue_s: float
    run_s: float
    faults: Faults
    limit_s: float = FOREVER_S
    # How the protocol was asked, where its answers depend on it.
    manner: str = ""
    cancelled_at: float | None = None
    seen: dict[str, int] = field(default_factory=dict)
    links: tuple[str, ...] = ()

    @property
    def starts_at(self) -> float:
        return self.accepted_at + self.queue_s

    @property
    def ends_at(self) -> float:
        return self.starts_at + self.run_s

    def state(self, now: float) -> JobState:
        """Where it stands at `now`."""
        stop = min(self.accepted_at + self.limit_s, FOREVER_S if self.cancelled_at is None else self.cancelled_at)
        if stop <= min(now, self.ends_at):
            return "cancelled" if self.cancelled_at is not None or stop > self.starts_at else "aborted"
        if now < self.starts_at:
            return "queued"
        if now < self.ends_at:
            return "running"
        switches = self.switches
        return "failed" if switches.fails or switches.moderation else "done"

    def has_started(self, now: float) -> bool:
        """Whether it ever came to run, and so can have cost something."""
        return self.state(now) not in {"queued", "aborted"} and (
            self.cancelled_at is None or self.cancelled_at > self.starts_at
        )

    def cancel(self, now: float) -> bool:
        """False where it had ended before."""
        if self.state(now) in ENDED:
            return False
        self.cancelled_at = now
        return True

    @property
    def switches(self) -> Switches:
        return self.faults.get(SUBMIT, NOTHING)

    @property
    def pictures(self) -> tuple[PictureSpec, ...]:
        """What it draws: half as large each way where the size shall be wrong."""
        if not self.switches.wrong_size:
            return self.order.pictures
        return tuple(
            replace(spec, width_px=max(1, spec.width_px // 2), height_px=max(1, spec.height_px // 2))
            for spec in self.order.pictures
        )

    def at(self, place: str) -> Switches:
        """The switches for one more request at this place."""
        switches = self.faults.get(place, NOTHING)
        if not switches.times:
            return switches
        self.seen[place] = self.seen.get(place, 0) + 1
        return switches if self.seen[place] <= switches.times else NOTHING


class Jobs:
    """The latest jobs by id."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Job] = OrderedDict()

    def add(self, job: Job) -> None:
        self._kept[job.id] = job
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def find(self, provider: str, job_id: str) -> Job | None:
        job = self._kept.get(job_id)
        return job if job and job.order.provider == provider else None

    def of(self, provider: str) -> list[Job]:
        """Latest first."""
        return [job for job in reversed(self._kept.values()) if job.order.provider == provider]

    def clear(self) -> None:
        self._kept.clear()


def limits_of(faults: Faults, queue_s: float, run_s: float) -> tuple[float, float]:
    """Seconds of queue and run, endless where the job shall never start or end."""
    never = faults.get(SUBMIT, NOTHING).never
    return (FOREVER_S if never == "queued" else queue_s, FOREVER_S if never == "running" else run_s)


MOST_FILES: Final = 200_000
MOST_UPLOADED_BYTES: Final = 256 * 2**20


@dataclass(frozen=True)
class StoredFile:
    """A file under a link: uploaded bytes, or a picture drawn when it is fetched."""

    content: bytes | PictureSpec = field(repr=False)
    media_type: str
    expires_at: float
    job: Job | None = None

    @property
    def held_bytes(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else 0


class Shelf:
    """Files by token; the oldest make room."""

    def __init__(self, new_id: Callable[[], str], clock: Callable[[], float]) -> None:
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._parts: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._new_id = new_id
        self._clock = clock

    def put(self, content: bytes | PictureSpec, media_type: str, lifetime_s: float, job: Job | None = None) -> str:
        """A new file; returns its token."""
        token = self._new_id()
        self._keep(token, StoredFile(content, media_type, self._clock() + lifetime_s, job))
        return token

    def find(self, token: str) -> StoredFile | None:
        """None where there is none, or none any more."""
        found = self._files.get(token)
        return found if found and self._clock() < found.expires_at else None

    def fill(self, token: str, content: bytes) -> bool:
        """Give a file its bytes; False where there is none."""
        found = self.find(token)
        if found is None:
            return False
        self.remove(token)
        self._keep(token, replace(found, content=content))
        return True

    def remove(self, token: str) -> None:
        self._bytes -= self._files.pop(token).held_bytes

    def _keep(self, token: str, file: StoredFile) -> None:
        self._files[token] = file
        self._bytes += file.held_bytes
        while len(self._files) > MOST_FILES or (self._bytes > MOST_UPLOADED_BYTES and len(self._files) > 1):
            _, oldest = self._files.popitem(last=False)
            self._bytes -= oldest.held_bytes

    def add_part(self, upload: str, number: int, content: bytes) -> str:
        """One part of a file that comes in several; returns its name."""
        name = f"{upload}/{number:06d}"
        self._parts[name] = content
        while len(self._parts) > 1 and sum(map(len, self._parts.values())) > MOST_UPLOADED_BYTES:
            self._parts.popitem(last=False)
        return name

    def joined(self, upload: str) -> bytes:
        """The parts in the order of their numbers; they are gone from here."""
        names = sorted(name for name in self._parts if name.startswith(f"{upload}/"))
        return b"".join(self._parts.pop(name) for name in names)

    def clear(self) -> None:
        self._files.clear()
        self._parts.clear()
        self._bytes = 0
