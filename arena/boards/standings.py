"""A board as values: what is ranked, how it was computed, one row per model, and what follows from rows alone. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from arena.rating.board import Figures
from arena.rating.fit import rank_ranges, ranks

KIND_ORDER: Final = {"mode": 0, "category": 1, "competition": 2}
STRONGEST: Final = "strongest"  # how addresses ask for one model of each family


@dataclass(frozen=True, kw_only=True)
class StandingRow(Figures):
    """One model on a board, for pages and API alike. `family` is a slug among its creator's, or "".

    `ties` hold `both_bad`; `win_rate` is a percentage to one decimal, `win_share` a fraction, None without battles.
    """

    model: str
    slug: str
    creator: str
    creator_slug: str
    family: str = ""
    is_demo: bool = False

    @property
    def comparable(self) -> bool:
        return self.rating is not None

    @property
    def on_these_prompts_only(self) -> bool:
        """Whether `lower` and `upper`, on a board of several prompts, say nothing of others."""
        return bool(self.prompts_withheld)

    @property
    def rank_set(self) -> tuple[int, int] | None:
        """The ranks that are left open for all models at once; about the prompts that the interval is about."""
        best, worst = self.rank_set_best, self.rank_set_worst
        if self.prompts_rank_set_best is not None and not self.on_these_prompts_only:
            best, worst = self.prompts_rank_set_best, self.prompts_rank_set_worst
        return None if best is None or worst is None else (best, worst)

    @property
    def battles(self) -> int:
        return self.wins + self.losses + self.ties

    @property
    def win_share(self) -> float | None:
        return self.wins / self.battles if self.battles else None

    @property
    def win_rate(self) -> float | None:
        return round(100 * self.wins / self.battles, 1) if self.battles else None

    @property
    def url(self) -> str:
        return f"/models/{self.creator_slug}/{self.slug}"


@dataclass(frozen=True, kw_only=True)
class BoardHead:
    """What is ranked. `id` is the board's key; the public ids name the competition or category, or are "".

    `prompt` is that of a competition: titles repeat.
    """

    id: str
    kind: str
    title: str
    mode: str
    competition_id: str
    category_id: str
    prompt: str = ""

    @property
    def url(self) -> str:
        return f"/leaderboards/{self.id}"

    @property
    def order(self) -> tuple[int, str, str]:
        """Modes, categories, competitions; by title."""
        return KIND_ORDER[self.kind], self.title, self.id


@dataclass(frozen=True, kw_only=True)
class Computation:
    """How and from what a snapshot was computed."""

    method: str
    variant: str
    version: str
    parameters: dict[str, float]
    votes: int
    excluded_votes: int
    ranked_models: int
    last_vote_number: int
    digest: str
    findings: dict[str, Any]
    prior_decides_ends: bool
    computed_at: datetime


@dataclass(frozen=True, kw_only=True)
class BoardSummary:
    """A board in a list; nothing but its name before its first computation.

    `leader` is the one model rated highest, which claims nothing: None under two ranked ones, and where `sharing` many
    have that rating.
    """

    board: BoardHead
    votes: int
    ranked_models: int
    computed_at: datetime | None
    leader: StandingRow | None
    sharing: int = 0


@dataclass(frozen=True, kw_only=True)
class BoardTable:
    """A whole board; no computation and no rows before its first computation."""

    board: BoardHead
    computation: Computation | None
    rows: tuple[StandingRow, ...]


def rerank(rows: Sequence[StandingRow]) -> tuple[StandingRow, ...]:
    """Rows in the order of the board, each with its rank and range among these, and no rank set; ratings stay."""
    ranked = [row for row in rows if row.rank is not None]
    places = dict(zip((row.slug for row in ranked), ranks(_figures(ranked, "rating")).tolist(), strict=True))
    spans: dict[str, list[int]] = {}
    if all(row.lower is not None for row in ranked):  # replayed methods have no intervals
        best, worst = rank_ranges(_figures(ranked, "lower"), _figures(ranked, "upper"))
        spans = {row.slug: span for row, *span in zip(ranked, best.tolist(), worst.tolist(), strict=True)}
    return tuple(_placed(row, places.get(row.slug), *spans.get(row.slug, (None, None))) for row in rows)


def _figures(rows: Sequence[StandingRow], name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([getattr(row, name) for row in rows], dtype=np.float64)


def _placed(row: StandingRow, rank: int | None, best: int | None, worst: int | None) -> StandingRow:
    placed = replace(row, rank=rank, rank_best=best, rank_worst=worst)
    # sets of the whole board say nothing of places among fewer, and rows alone do not give others
    return replace(
        placed, rank_set_best=None, rank_set_worst=None, prompts_rank_set_best=None, prompts_rank_set_worst=None
    )


def interval_scope(rows: Iterable[StandingRow]) -> str:
    """What the intervals are about, to follow "95% intervals"; "" but on the headline of several competitions."""
    wide = [row for row in rows if row.competitions is not None and row.lower is not None]
    narrow = sum(row.on_these_prompts_only for row in wide)
    if not wide:
        return ""
    if narrow == len(wide):
        return "on these prompts only"
    few = f", of {narrow} model{'' if narrow == 1 else 's'} on these prompts only" if narrow else ""
    return f"for prompts like these{few}"


def one_per_family(table: BoardTable) -> BoardTable:
    """Of each family the model with the highest rating, ranked ones before unranked; models without family all stay.

    So siblings neither fill the board's places nor push others down.
    """
    strongest: dict[tuple[str, str, str], StandingRow] = {}
    for row in table.rows:
        best = strongest.setdefault(_family_key(row), row)
        if _strength(row) > _strength(best):
            strongest[_family_key(row)] = row
    rows = tuple(row for row in table.rows if strongest[_family_key(row)] is row)
    if len(rows) < len(table.rows):
        rows = rerank(rows)
    computation = table.computation
    ranked = sum(row.rank is not None for row in rows)
    return replace(table, rows=rows, computation=computation and replace(computation, ranked_models=ranked))


def has_siblings(rows: Iterable[StandingRow]) -> bool:
    """Whether one family has several models on the board."""
    families = [_family_key(row) for row in rows if row.family]
    return len(families) > len(set(families))


def _family_key(row: StandingRow) -> tuple[str, str, str]:
    return (row.creator_slug, row.family, "" if row.family else row.slug)


def _strength(row: StandingRow) -> tuple[bool, bool, float]:
    return (row.comparable, row.rank is not None, row.rating if row.rating is not None else float("-inf"))


@dataclass(frozen=True, kw_only=True)
class PastStanding:
    """One rated model at one moment."""

    slug: str
    rating: float
    lower: float | None
    upper: float | None
    conditional_lower: float | None
    conditional_upper: float | None
    rank: int | None


@dataclass(frozen=True, kw_only=True)
class PastBoard:
    """One kept snapshot."""

    id: int
    computed_at: datetime
    votes: int
    excluded_votes: int
    last_vote_number: int
    digest: str
    version: str
    standings: tuple[PastStanding, ...] = ()
