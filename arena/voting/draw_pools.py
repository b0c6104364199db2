"""What can be drawn: open competitions with two pictured models or more, and the weight of each pair. Read side.

Cached per process, so that drawing costs hardly a query: under load boards change each second, the weights hardly do.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection

from arena.cache import TtlCache
from arena.models import Entry, Tally
from arena.models.boards import HEADLINE_SQL
from arena.models.visibility import ADDRESSED, PUBLIC_COMPETITION_SQL
from arena.rating.criteria import OVERALL
from arena.rating.tallies import OUTCOMES, Tallies
from arena.votes.outcome_sql import IS_OVERALL
from arena.voting.drawing import need_of, weigh_pairs

CONTESTS: Final = f"""
SELECT competition.id, {PUBLIC_COMPETITION_SQL}, count(DISTINCT entry.model_id), count(entry.id), max(entry.id),
       coalesce(snapshot.votes, 0)
FROM arena_competition AS competition
JOIN arena_entry AS entry
    ON entry.competition_id = competition.id AND entry.status = 'live' AND entry.image_id IS NOT NULL
LEFT JOIN arena_board AS board ON board.competition_id = competition.id AND board.{IS_OVERALL}
LEFT JOIN arena_snapshot AS snapshot ON snapshot.board_id = board.id AND snapshot.is_current
    AND {HEADLINE_SQL}
WHERE competition.status = 'open' AND competition.visibility IN {ADDRESSED}
GROUP BY competition.id, snapshot.id
HAVING count(DISTINCT entry.model_id) > 1
ORDER BY competition.id
"""  # noqa: S608  # a constant of ours


@dataclass(frozen=True)
class Contest:
    """An open competition that can be voted in; other entries make another pool at once, other votes within seconds.

    One that is not public is drawn only for who asks for it by its address.
    """

    competition_id: int
    is_public: bool
    models: int
    entries: int
    newest_entry: int
    votes: int

    @property
    def need(self) -> float:
        return need_of(self.models, self.votes)


@dataclass(frozen=True)
class Pool:
    """Unordered pairs of models by id with their weights, and each model's live entries."""

    pairs: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]
    entries: Mapping[int, tuple[int, ...]]


_contests: TtlCache[tuple[Contest, ...]] = TtlCache(seconds=5, most=1)
_pools: TtlCache[Pool] = TtlCache(seconds=20, most=500)


def open_contests() -> tuple[Contest, ...]:
    """One query each few seconds and process."""
    return _contests.get("all", _read_contests)


def pool_for(contest: Contest) -> Pool:
    """Read for each set of entries, and again each 20 seconds."""
    key = (contest.competition_id, contest.entries, contest.newest_entry)
    return _pools.get(key, lambda: _read_pool(contest))


def invalidate_contests() -> None:
    """For a reader that found a competition or an entry gone."""
    _contests.clear()


def _read_contests() -> tuple[Contest, ...]:
    with connection.cursor() as cursor:
        cursor.execute(CONTESTS)
        return tuple(Contest(*row) for row in cursor.fetchall())


def _read_pool(contest: Contest) -> Pool:
    ids: dict[str, int] = {}
    entries: dict[int, list[int]] = defaultdict(list)
    live = Entry.objects.filter(competition=contest.competition_id, status="live", image__isnull=False)
    for slug, model, entry in live.order_by("id").values_list("model__slug", "model_id", "id"):
        ids[slug] = model
        entries[model].append(entry)
    weighed = weigh_pairs(_tallies(contest.competition_id), ids)
    pairs = tuple((ids[weighed.models[i]], ids[weighed.models[j]]) for i, j in weighed.pairs)
    return Pool(pairs, weighed.probabilities, {model: tuple(found) for model, found in entries.items()})


def _tallies(competition_id: int) -> Tallies:
    columns = ("left_model__slug", "right_model__slug", *OUTCOMES)
    counted = Tally.objects.filter(competition=competition_id, criterion=OVERALL)
    return Tallies.from_rows(counted.values_list(*columns))
