"""Opens a parity battle: a board by need, two endpoints where votes teach most, a scene not yet seen, sides by coin.

The page that shows it names neither the model nor a provider, and no address leads to the pairs of one board alone.
"""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final
from uuid import UUID

from django.db import connection

from arena.cache import TtlCache
from arena.models import ParityEntry
from arena.models.battles import battle_token, token_digest
from arena.models.visibility import PUBLIC_COMPETITION_SQL, PUBLIC_PARITY_BATTLE_SQL, public_competition
from arena.parity.counted import read_counted
from arena.rating.tallies import Tallies
from arena.voting.drawing import draw, need_of, weigh_pairs, with_uniform_share, without
from arena.voting.open_battle import Matchup, NothingToVoteOn, chance, insert_matchup, sides
from arena.voting.pair_caps import ALLOWED

REMEMBERED: Final = 300
ATTEMPTS: Final = 3
Pair = frozenset[int]


@dataclass(frozen=True)
class ParityPool:
    """Of one board: pairs of endpoints with their weights, and for each the scenes where both have a live entry.

    A scene is an id with the entries of the two, in the order of the pair.
    """

    board: int
    need: float
    pairs: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]
    scenes: Mapping[tuple[int, int], tuple[tuple[int, int, int], ...]]


_pools: TtlCache[tuple[ParityPool, ...]] = TtlCache(seconds=5, most=1)


def parity_pools() -> tuple[ParityPool, ...]:
    """Boards with a pair to show, read each few seconds."""
    return _pools.get("all", _read_pools)


def invalidate_parity_pools() -> None:
    """For who has just changed entries, and for a reader that found one gone."""
    _pools.clear()


def _read_pools() -> tuple[ParityPool, ...]:
    live = ParityEntry.objects.filter(
        public_competition("scene__competition__"), status="live", scene__competition__status="open"
    ).order_by("id")
    columns = ("scene__board_id", "scene_id", "endpoint_id", "endpoint__key", "id")
    boards: dict[int, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    keys: dict[int, str] = {}
    for board, scene, endpoint, key, entry in live.values_list(*columns):
        boards[board][scene][endpoint] = entry
        keys[endpoint] = key
    return tuple(pool for board, scenes in boards.items() if (pool := _pool(board, scenes, keys)))


def _pool(board: int, scenes: Mapping[int, Mapping[int, int]], keys: Mapping[int, str]) -> ParityPool | None:
    shown: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for scene, entries in scenes.items():
        for one, other in combinations(sorted(entries), 2):
            shown[one, other].append((scene, entries[one], entries[other]))
    if not shown:
        return None
    tallies = read_counted(board).tallies
    endpoints = {endpoint for pair in shown for endpoint in pair}
    pairs = tuple(sorted(shown))
    weights = _weights(tallies, pairs, keys)
    need = need_of(len(endpoints), tallies.battles)
    return ParityPool(board, need, pairs, weights, {pair: tuple(found) for pair, found in shown.items()})


def _weights(tallies: Tallies, pairs: Sequence[tuple[int, int]], keys: Mapping[int, str]) -> tuple[float, ...]:
    weighed = weigh_pairs(tallies, [keys[endpoint] for pair in pairs for endpoint in pair])
    return tuple(weighed.probability(keys[one], keys[other]) for one, other in pairs)


@dataclass(frozen=True)
class _Past:
    public_id: UUID
    board: int
    scene: int
    endpoints: Pair
    digest: str
    waits: bool


# of the few that have neither expired nor been called off alone it is asked whether they have a vote
PAST: Final = f"""
SELECT public_id, (SELECT board_id FROM arena_parityscene WHERE id = scene_id), scene_id, left_endpoint_id,
       right_endpoint_id, token_digest,
       CASE WHEN expires_at > now() AND void_reason = ''
            THEN NOT EXISTS (SELECT 1 FROM arena_parityvote WHERE battle_id = arena_paritybattle.id)
                 AND {PUBLIC_PARITY_BATTLE_SQL} ELSE false END
FROM arena_paritybattle WHERE voter_id = %s ORDER BY id DESC LIMIT %s
"""  # noqa: S608  # text of this code alone


def _past(voter_id: int) -> list[_Past]:
    """Newest first."""
    with connection.cursor() as cursor:
        cursor.execute(PAST, [voter_id, REMEMBERED])
        return [
            _Past(public_id, board, scene, frozenset(endpoints), digest, waits)
            for public_id, board, scene, *endpoints, digest, waits in cursor.fetchall()
        ]


def open_parity_battle(voter_id: int, network: str, within: int | None = None) -> UUID:
    """The voter's parity battle that still waits, or a new one; there is nothing to stay `within`.

    Raises StepRefused beyond the caps of the day, NothingToVoteOn.
    """
    past = _past(voter_id)
    for battle in past:
        # after a change of the secret key the token no longer fits
        if battle.waits and token_digest(battle_token(battle.public_id)) == battle.digest:
            return battle.public_id
    for attempt in range(ATTEMPTS):
        pools = parity_pools()
        if pools:
            opened = insert_parity_battle(_match(pools, past), voter_id, network)
            if opened:
                return opened
        # closed, retired or new since the pools were read
        if attempt < ATTEMPTS - 1:
            invalidate_parity_pools()
    raise NothingToVoteOn(within)


def _match(pools: Sequence[ParityPool], past: Sequence[_Past]) -> Matchup:
    pool = pools[draw(with_uniform_share([pool.need for pool in pools]), chance()).place]
    seen = {(battle.scene, battle.endpoints) for battle in past if battle.board == pool.board}
    used_up = [all((scene, frozenset(pair)) in seen for scene, *_ in pool.scenes[pair]) for pair in pool.pairs]
    drawn = draw(without(pool.weights, used_up), chance())
    pair = pool.pairs[drawn.place]
    unseen = [one for one in pool.scenes[pair] if (one[0], frozenset(pair)) not in seen]
    _, first, second = secrets.choice(unseen or pool.scenes[pair])
    left, right = sides(first, second)
    return Matchup(left, right, drawn.probability)


INSERT: Final = f"""
WITH {ALLOWED}, battle AS (
    INSERT INTO arena_paritybattle (public_id, scene_id, left_entry_id, right_entry_id, left_endpoint_id,
                                    right_endpoint_id, opened_at, voter_id, network, token_digest, pair_probability,
                                    expires_at)
    SELECT %(public_id)s, scene.id, one.id, two.id, one.endpoint_id, two.endpoint_id,
           now(), %(voter)s, %(network)s, %(digest)s, %(probability)s, now() + interval '30 minutes'
    FROM allowed, arena_parityentry AS one
    JOIN arena_parityentry AS two ON two.scene_id = one.scene_id AND two.endpoint_id <> one.endpoint_id
    JOIN arena_parityscene AS scene ON scene.id = one.scene_id
    JOIN arena_competition AS competition ON competition.id = scene.competition_id
    WHERE one.id = %(left)s AND two.id = %(right)s AND competition.status = 'open' AND {PUBLIC_COMPETITION_SQL}
      AND 'live' = ALL (ARRAY[one.status, two.status])
    RETURNING 1
)
SELECT EXISTS (SELECT 1 FROM opened), EXISTS (SELECT 1 FROM allowed), EXISTS (SELECT 1 FROM battle)
"""  # noqa: S608


def insert_parity_battle(matchup: Matchup, voter_id: int, network: str, pairs: int = 1) -> UUID | None:
    """None when an entry or its prompt is no longer to be voted on; raises StepRefused beyond the day's caps."""
    return insert_matchup(INSERT, matchup, voter_id, network, pairs)
