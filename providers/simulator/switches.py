"""What shall go wrong, written as `slow=5,file.html`: switches by place, and the refusals they ask for. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

SUBMIT: Final = "submit"
# Where an answer can go wrong: the paid call, a look at the job, its result, a picture's download.
PLACES: Final = (SUBMIT, "status", "result", "file")


class BadSwitch(ValueError):
    """A switch that is not known, or a value it cannot have."""


@dataclass(frozen=True, kw_only=True)
class Switches:
    """What is wrong at one place; times are real seconds, whatever the server's speed.

    `times` limits them to the first so many requests there. From `fails` on they are of the job, and mean something
    at `submit` only.
    """

    slow_s: float = 0.0
    first_byte_s: float = 0.0
    drip_s: float = 0.0
    hangs: bool = False
    resets: bool = False
    cuts: bool = False
    truncates: bool = False
    html: bool = False
    status: int = 0
    retry_after: str = ""
    body: str = ""
    moderation: bool = False
    billing: bool = False
    error_200: bool = False
    times: int = 0
    fails: bool = False
    never: str = ""
    wrong_size: bool = False
    expires_s: float | None = None
    listed: bool = False
    early: bool = False
    linked: bool = False
    charged: bool = False
    free: bool = False
    units: str = ""


NOTHING: Final = Switches()
Faults = Mapping[str, Switches]
NO_FAULTS: Final[Faults] = {}


def _seconds(raw: str) -> float:
    value = float(raw)
    if not 0 <= value <= 3600:
        raise ValueError
    return value


def _status(raw: str) -> int:
    value = int(raw)
    if not 400 <= value <= 599:
        raise ValueError
    return value


def _count(raw: str) -> int:
    value = int(raw)
    if value < 1:
        raise ValueError
    return value


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if raw not in allowed:
            raise ValueError
        return raw

    return read


@dataclass(frozen=True)
class _Switch:
    """A name's field; without `read` it takes no value and sets `plain`, which also stands for a value left out."""

    field: str
    allowed: str = ""
    read: Callable[[str], Any] | None = None
    plain: Any = None


_SECONDS: Final = "seconds from 0 to 3600"
SWITCHES: Final[Mapping[str, _Switch]] = {
    "slow": _Switch("slow_s", _SECONDS, _seconds),
    "first-byte": _Switch("first_byte_s", _SECONDS, _seconds),
    "drip": _Switch("drip_s", _SECONDS, _seconds),
    "hang": _Switch("hangs", plain=True),
    "reset": _Switch("resets", plain=True),
    "cut": _Switch("cuts", plain=True),
    "truncated": _Switch("truncates", plain=True),
    "html": _Switch("html", plain=True),
    "status": _Switch("status", "a status from 400 to 599", _status),
    "retry-after": _Switch("retry_after", "seconds or an HTTP date", str),
    "body": _Switch("body", "html, plain or empty", _one_of("html", "plain", "empty")),
    "moderation": _Switch("moderation", plain=True),
    "billing": _Switch("billing", plain=True),
    "error-200": _Switch("error_200", plain=True),
    "times": _Switch("times", "a whole number from 1", _count),
    "fail": _Switch("fails", plain=True),
    "never": _Switch("never", "queued or running", _one_of("queued", "running"), plain="running"),
    "wrong-size": _Switch("wrong_size", plain=True),
    "expired": _Switch("expires_s", plain=0.0),
    "expires": _Switch("expires_s", _SECONDS, _seconds),
    "list": _Switch("listed", plain=True),
    "early": _Switch("early", plain=True),
    "links": _Switch("linked", plain=True),
    "charged": _Switch("charged", plain=True),
    "free": _Switch("free", plain=True),
    "units": _Switch("units", "a quantity", str),
}


def parse(text: str) -> dict[str, Switches]:
    """`[place.]name[=value]`, comma separated, into the switches of each place named.

    Raises BadSwitch.
    """
    found: dict[str, Switches] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, has_value, raw = item.partition("=")
        place, _, own = name.rpartition(".")
        place = place or SUBMIT
        if place not in PLACES:
            raise BadSwitch(f"{item}: the place {place!r} is not known; allowed are {', '.join(PLACES)}")
        field, value = _read(own, raw if has_value else None, item)
        found[place] = replace(found.get(place, NOTHING), **{field: value})
    return found


def _read(name: str, raw: str | None, item: str) -> tuple[str, Any]:
    switch = SWITCHES.get(name)
    if switch is None:
        raise BadSwitch(f"{item}: there is no switch {name!r}; allowed are {', '.join(SWITCHES)}")
    if raw is None:
        if switch.plain is None:
            raise BadSwitch(f"{item}: {name} needs a value: {switch.allowed}")
        return switch.field, switch.plain
    if switch.read is None:
        raise BadSwitch(f"{item}: {name} takes no value")
    try:
        return switch.field, switch.read(raw)
    except ValueError:
        raise BadSwitch(f"{item}: {raw!r} is not allowed; allowed is {switch.allowed}") from None


TroubleKind = Literal[
    "unauthorized", "billing", "not_found", "invalid", "moderation", "rate_limit", "upstream", "timeout", "other"
]
_KINDS: Final[dict[int, TroubleKind]] = {
    401: "unauthorized",
    402: "billing",
    404: "not_found",
    408: "timeout",
    429: "rate_limit",
    504: "timeout",
}


@dataclass
class Trouble(Exception):
    """`status` 0 leaves the number to the protocol; `field` is the input at fault, `reason` a word for the rule."""

    kind: TroubleKind
    message: str
    field: str = ""
    reason: str = ""
    status: int = 0
    switches: Switches = NOTHING
    request_id: str = ""


def trouble_of(switches: Switches) -> Trouble | None:
    """The refusal that the switches ask for instead of an answer, if any."""
    if switches.status:
        kind = _KINDS.get(switches.status, "upstream" if switches.status >= 500 else "other")
        return Trouble(kind, f"simulated status {switches.status}", status=switches.status, switches=switches)
    if switches.billing:
        return Trouble("billing", "the simulated balance is spent", switches=switches)
    return None
