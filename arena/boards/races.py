"""Boards whose first two places are closest: where one more vote matters most. Read side, one query."""

from dataclasses import dataclass

from arena.models import Board, Standing
from arena.models.boards import HEAVY


@dataclass(frozen=True, kw_only=True)
class Race:
    """The leader and the runner-up; `closeness` is their distance in units of their joint half-width."""

    board: Board
    leader: Standing
    runner_up: Standing
    closeness: float

    @property
    def gap(self) -> float:
        """Points between the two."""
        return (self.leader.rating or 0) - (self.runner_up.rating or 0)


def closest_races(limit: int) -> list[Race]:
    """Competition and category boards, closest first."""
    rows = (
        Standing.objects.public()
        .current_headline()
        .filter(position__lte=2, rank__isnull=False)
        .exclude(snapshot__board__kind="mode")
        .select_related("snapshot__board__category", "snapshot__board__competition", "model")
        .defer(*(f"snapshot__{name}" for name in HEAVY))
        .order_by("snapshot_id", "position")
    )
    pairs: dict[int, list[Standing]] = {}
    for row in rows:
        pairs.setdefault(row.snapshot_id, []).append(row)
    races = [_race(*pair) for pair in pairs.values() if len(pair) == 2]
    return sorted(races, key=lambda race: race.closeness)[:limit]


def _race(leader: Standing, runner_up: Standing) -> Race:
    widths = sum((row.upper or 0) - (row.lower or 0) for row in (leader, runner_up)) / 2
    gap = (leader.rating or 0) - (runner_up.rating or 0)
    return Race(
        board=leader.snapshot.board, leader=leader, runner_up=runner_up, closeness=gap / widths if widths else gap
    )
