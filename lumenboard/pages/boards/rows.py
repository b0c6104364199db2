"""Rows of boards as they are drawn, from standings as they are read."""

from dataclasses import dataclass
from decimal import Decimal

from arena.boards.table import BoardSummary, StandingRow
from providers.pricing import StartingPrice


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


def drawn_row(row: StandingRow, *, marks_demo: bool = False, price: StartingPrice | None = None) -> BoardRow:
    """A comparable standing for the board table; the others have no place on its axis."""
    return BoardRow(
        name=row.model,
        url=row.url,
        creator=row.creator,
        rating=row.rating or 0.0,
        lower=row.lower,
        upper=row.upper,
        rank=row.rank,
        rank_best=row.rank_best,
        rank_worst=row.rank_worst,
        wins=row.wins,
        losses=row.losses,
        ties=row.ties,
        both_bad=row.both_bad,
        battles=row.battles,
        win_rate=row.wins / row.battles if row.battles else None,
        mean_opponent=row.mean_opponent,
        badge="demo" if marks_demo and row.is_demo else "",
        price_usd=price.amount_usd if price else None,
        price_size=str(price.size).replace("x", "×") if price else "",
    )


def listed_board(summary: BoardSummary) -> dict[str, object]:
    """A board as a row of a list."""
    leader = summary.leader
    return {
        "title": summary.board.title,
        "url": summary.board.url,
        "mode": summary.board.mode,
        "prompt": summary.board.prompt,
        "votes": summary.votes,
        "models": summary.ranked_models,
        "updated_at": summary.computed_at,
        "leader": leader.model if leader else "",
        "leader_rating": leader.rating if leader else None,
        "leader_lower": leader.lower if leader else None,
        "leader_upper": leader.upper if leader else None,
    }
