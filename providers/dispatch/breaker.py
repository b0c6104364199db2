"""What the end of a call says of its endpoint's health. Pure; the ledger writes it in the statement that ends it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from providers.adapters.wire import FailureKind

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
