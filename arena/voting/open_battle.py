"""Opens a battle for a voter: a competition by need, a pair not yet seen, an entry of each, sides by coin.

The row keeps the probability of the pair of models, given its competition and what the voter had seen.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection

from arena.models.battles import battle_token, token_digest
from arena.models.visibility import PUBLIC_COMPETITION_SQL, SHOWN_BATTLE_SQL
from arena.votes.outcome_sql import IS_OVERALL
from arena.voting.ballot import StepRefused
from arena.voting.draw_pools import Contest, invalidate_contests, open_contests, pool_for
from arena.voting.drawing import draw, with_uniform_share, without
from arena.voting.pair_caps import ALLOWED, pair_parameters

REMEMBERED: Final = 300
ATTEMPTS: Final = 3


class NothingToVoteOn(LookupError):
    """No open competition, or not the one asked for, has two pictured models."""


@dataclass(frozen=True)
class Matchup:
    """Two entries with the side each stands on, and the probability of their pair of models."""

    left_entry: int
    right_entry: int
    probability: float


@dataclass(frozen=True)
class PastBattle:
    """What drawing needs to know of a battle the voter was shown; `waits` for a vote that still would count."""

    public_id: UUID
    competition_id: int
    models: frozenset[int]
    digest: str
    waits: bool
    is_public: bool


def chance() -> float:
    """A number from [0, 1) out of the operating system's entropy."""
    return secrets.randbits(53) / 2**53


def open_battle(voter_id: int, network: str, within: int | None = None) -> UUID:
    """The voter's battle that still waits, or a new one; `within` is the id of a competition to stay in.

    Raises StepRefused beyond the caps of the day, NothingToVoteOn.
    """
    past = _past_battles(voter_id)
    waiting = _waiting(past, within)
    if waiting:
        return waiting
    for attempt in range(ATTEMPTS):
        contests = [
            one for one in open_contests() if (one.is_public if within is None else one.competition_id == within)
        ]
        if contests:
            contest = _choose(contests, past)
            matchup = _match(
                contest, {battle.models for battle in past if battle.competition_id == contest.competition_id}
            )
            opened = insert_battle(matchup, voter_id, network)
            if opened:
                return opened
        # closed, retired or new since the pools were read
        if attempt < ATTEMPTS - 1:
            invalidate_contests()
    raise NothingToVoteOn(within)


# no join: only of the few battles that have neither expired nor been called off is it asked whether they have a vote
PAST: Final = f"""
SELECT public_id, competition_id, left_model_id, right_model_id, token_digest,
       CASE WHEN expires_at > now() AND void_reason = ''
            THEN NOT EXISTS (SELECT 1 FROM arena_vote WHERE battle_id = arena_battle.id AND {IS_OVERALL})
                 AND {SHOWN_BATTLE_SQL} ELSE false END,
       EXISTS (SELECT 1 FROM arena_competition AS competition WHERE id = arena_battle.competition_id
               AND {PUBLIC_COMPETITION_SQL})
FROM arena_battle WHERE voter_id = %s ORDER BY id DESC LIMIT %s
"""  # noqa: S608  # text of this code alone


def _past_battles(voter_id: int) -> list[PastBattle]:
    """Newest first."""
    with connection.cursor() as cursor:
        cursor.execute(PAST, [voter_id, REMEMBERED])
        return [
            PastBattle(public_id, competition_id, frozenset(models), digest, waits, is_public)
            for public_id, competition_id, *models, digest, waits, is_public in cursor.fetchall()
        ]


def _waiting(past: Sequence[PastBattle], within: int | None) -> UUID | None:
    """Loading the page again must not be a way to choose one's pair."""
    for battle in past:
        # after a change of the secret key the token no longer fits
        fits = battle.waits and token_digest(battle_token(battle.public_id)) == battle.digest
        if fits and (battle.is_public if within is None else battle.competition_id == within):
            return battle.public_id
    return None


def _choose(contests: Sequence[Contest], past: Sequence[PastBattle]) -> Contest:
    """By need; not the competition of the battle before, when there is another."""
    rotated = [one for one in contests if not past or one.competition_id != past[0].competition_id] or contests
    return rotated[draw(with_uniform_share([one.need for one in rotated]), chance()).place]


def _match(contest: Contest, seen: set[frozenset[int]]) -> Matchup:
    pool = pool_for(contest)
    weights = without(pool.weights, [frozenset(pair) in seen for pair in pool.pairs])
    drawn = draw(weights, chance())
    first, second = (secrets.choice(pool.entries[model]) for model in pool.pairs[drawn.place])
    left, right = sides(first, second)
    return Matchup(left, right, drawn.probability)


def sides(first: int, second: int) -> tuple[int, int]:
    """Left and right by the toss of a coin."""
    return (first, second) if secrets.randbits(1) else (second, first)


INSERT: Final = f"""
WITH {ALLOWED}, battle AS (
    INSERT INTO arena_battle (public_id, competition_id, left_entry_id, right_entry_id, left_model_id, right_model_id,
                              opened_at, voter_id, network, token_digest, pair_probability, expires_at)
    SELECT %(public_id)s, competition.id, one.id, two.id, one.model_id, two.model_id,
           now(), %(voter)s, %(network)s, %(digest)s, %(probability)s, now() + interval '30 minutes'
    FROM allowed, arena_entry AS one
    JOIN arena_entry AS two ON two.competition_id = one.competition_id AND two.model_id <> one.model_id
    JOIN arena_competition AS competition ON competition.id = one.competition_id
    WHERE one.id = %(left)s AND two.id = %(right)s AND competition.status = 'open'
      AND 'live' = ALL (ARRAY[one.status, two.status]) AND one.image_id IS NOT NULL AND two.image_id IS NOT NULL
    RETURNING 1
)
SELECT EXISTS (SELECT 1 FROM opened), EXISTS (SELECT 1 FROM allowed), EXISTS (SELECT 1 FROM battle)
"""  # noqa: S608


def insert_battle(matchup: Matchup, voter_id: int, network: str, pairs: int = 1) -> UUID | None:
    """None when an entry or the competition is no longer to be voted on; raises StepRefused beyond the day's caps."""
    return insert_matchup(INSERT, matchup, voter_id, network, pairs)


def insert_matchup(statement: str, matchup: Matchup, voter_id: int, network: str, pairs: int) -> UUID | None:
    """By a statement like INSERT, for battles of any kind; the rest as `insert_battle`."""
    public_id = uuid4()
    battle: dict[str, Any] = {
        "public_id": public_id,
        "digest": token_digest(battle_token(public_id)),
        "probability": matchup.probability,
        "left": matchup.left_entry,
        "right": matchup.right_entry,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, {**battle, **pair_parameters(voter_id, network, pairs)})
        is_within_cap, is_allowed, is_opened = cursor.fetchone()
    if not is_allowed:
        raise StepRefused("newcomers_used_up" if is_within_cap else "pairs_used_up")
    return public_id if is_opened else None
