"""What the board table needs to know of one row, whoever computed it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """One model on a board; `win_rate` is a fraction, optional parts are left out of the table when absent."""

    name: str
    url: str
    creator: str
    rating: float
    lower: float | None
    upper: float | None
    wins: int
    losses: int
    ties: int
    battles: int
    win_rate: float | None
    rank: int | None = None
    rank_best: int | None = None
    rank_worst: int | None = None
    both_bad: int = 0
    creator_url: str = ""
    mean_opponent: float | None = None
    badge: str = ""
    price_usd: Decimal | None = None
    price_size: str = ""
    speed_ms: float | None = None
    speed_note: str = ""
