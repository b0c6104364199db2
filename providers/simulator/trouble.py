"""Why a call is refused, before a protocol puts it in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from providers.simulator.switches import NOTHING, Switches

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
