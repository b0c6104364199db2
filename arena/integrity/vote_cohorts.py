"""The last votes of known voters by cohorts, judged against tallies; what does not look honest is flagged.

Bounded: only so many of the newest numbers are looked at, however long the log is.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from arena.integrity.fraud import MINIMUM_NULL, Cohort, CohortFlag, JudgedVote, find_flags
from arena.integrity.lift import find_lifts
from arena.models import Vote, VoteFlag
from arena.rating.tallies import Tallies, TallyRow
from arena.votes.outcome_sql import IS_OVERALL, TALLY_TOTAL, each_outcome

MOST_VOTES: Final = 50_000
WINDOW: Final = timedelta(days=30)
# a competition is a null of its own once half of it is enough for one; until then its whole mode is
OWN_NULL: Final = 2 * MINIMUM_NULL
HOUR: Final = "%Y-%m-%d %H:00"


@dataclass(frozen=True, eq=False)
class JudgedVotes:
    """Votes by ascending number and, for every board they name, its tallies as of the same moment."""

    votes: list[JudgedVote]
    boards: dict[str, Tallies]

    @property
    def last_number(self) -> int:
        return self.votes[-1].number if self.votes else 0


# one statement, so that every vote read stands in the tallies read
READ: Final = f"""
WITH recent AS MATERIALIZED (
    SELECT vote.number, vote.outcome, vote.cast_at, battle.competition_id, battle.left_model_id, battle.right_model_id,
           battle.network, voter.public_id AS voter, voter.created_at AS joined_at
    FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
    JOIN arena_voter AS voter ON voter.id = battle.voter_id
    WHERE vote.number > (SELECT max(number) FROM arena_vote) - %(most)s
      AND vote.is_counted AND vote.{IS_OVERALL} AND vote.cast_at >= %(since)s
), own AS MATERIALIZED (
    SELECT competition_id FROM arena_tally WHERE competition_id IN (SELECT competition_id FROM recent)
      AND {IS_OVERALL} GROUP BY 1 HAVING sum({TALLY_TOTAL}) >= %(own_null)s
), judged AS MATERIALIZED (
    SELECT recent.*, CASE WHEN own.competition_id IS NULL THEN competition.mode
                          ELSE competition.public_id END AS board
    FROM recent JOIN arena_competition AS competition ON competition.id = recent.competition_id
    LEFT JOIN own ON own.competition_id = recent.competition_id
), pair AS (
    SELECT competition.public_id AS board, tally.* FROM arena_tally AS tally
    JOIN own USING (competition_id) JOIN arena_competition AS competition ON competition.id = tally.competition_id
    WHERE tally.{IS_OVERALL}
    UNION ALL
    SELECT competition.mode, tally.* FROM arena_tally AS tally
    JOIN arena_competition AS competition ON competition.id = tally.competition_id
    WHERE competition.mode IN (SELECT board FROM judged) AND tally.{IS_OVERALL}
)
SELECT board, first.slug, second.slug, {each_outcome("sum({column})::bigint")},
       NULL::bigint, NULL, NULL, NULL, NULL::timestamptz, NULL::timestamptz
FROM pair JOIN providers_imagemodel AS first ON first.id = left_model_id
JOIN providers_imagemodel AS second ON second.id = right_model_id
GROUP BY 1, 2, 3
UNION ALL
SELECT board, first.slug, second.slug, {each_outcome("0")}, number, outcome, voter::text, network, cast_at, joined_at
FROM judged JOIN providers_imagemodel AS first ON first.id = left_model_id
JOIN providers_imagemodel AS second ON second.id = right_model_id
ORDER BY 8 NULLS FIRST
"""  # noqa: S608


def read_judged_votes(now: datetime, most: int = MOST_VOTES) -> JudgedVotes:
    """Counted votes of the last 30 days among the `most` newest numbers; imported votes have no voter to judge."""
    counts: dict[str, list[TallyRow]] = defaultdict(list)
    votes: list[JudgedVote] = []
    known: dict[Cohort, Cohort] = {}
    with connection.cursor() as cursor:
        cursor.execute(READ, {"most": most, "since": now - WINDOW, "own_null": OWN_NULL})
        for board, left, right, *outcomes, number, outcome, voter, network, cast_at, joined_at in cursor:
            if number is None:
                counts[board].append((left, right, *outcomes))
                continue
            cohorts = tuple(known.setdefault(one, one) for one in cohorts_of(voter, network, cast_at, joined_at))
            votes.append(JudgedVote(number, board, left, right, outcome, cohorts))
    return JudgedVotes(votes, {board: Tallies.from_rows(rows) for board, rows in counts.items()})


def cohorts_of(voter: str, network: str, cast_at: datetime, joined_at: datetime) -> list[Cohort]:
    """The voter, its network, the hour of the clock, and for a vote on the voter's first day that day's newcomers."""
    cast, joined = cast_at.astimezone(UTC), joined_at.astimezone(UTC)
    cohorts = [Cohort("voter", voter), Cohort("hour", cast.strftime(HOUR))]
    if network:
        cohorts.append(Cohort("network", network))
    if cast.date() == joined.date():
        cohorts.append(Cohort("new_voters", joined.date().isoformat()))
    return cohorts


def votes_of_flag(flag: VoteFlag) -> QuerySet[Vote]:
    """The votes that were tested and still count, and what the same people said by other criteria meanwhile."""
    tested = Vote.objects.filter(number__range=(flag.first_vote_number, flag.last_vote_number), is_counted=True)
    return tested.filter(**_of_cohort(flag.cohort, flag.subject))


def _of_cohort(kind: str, subject: str) -> dict[str, Any]:
    if kind == "voter":
        return {"battle__voter__public_id": subject}
    if kind == "network":
        return {"battle__network": subject, "battle__voter__isnull": False}
    if kind == "hour":
        start = datetime.strptime(subject, HOUR).replace(tzinfo=UTC)
        return {"cast_at__gte": start, "cast_at__lt": start + timedelta(hours=1), "battle__voter__isnull": False}
    day = datetime.combine(date.fromisoformat(subject), datetime.min.time(), UTC)
    span = (day, day + timedelta(days=1) - timedelta(microseconds=1))
    return {"cast_at__range": span, "battle__voter__created_at__range": span}


@dataclass(frozen=True)
class FlagReport:
    """How many votes were looked at, how many cohorts failed a test, and how many of these are newly flagged."""

    votes: int
    found: int
    opened: int


def flag_votes(now: datetime | None = None) -> FlagReport:
    """The same votes always give the same flags; one that an operator decided returns only with newer votes."""
    judged = read_judged_votes(now or timezone.now())
    found = find_flags(judged.votes, judged.boards, np.random.default_rng(judged.last_number))
    # stored before lifts are looked for: what was found stays, however long that takes
    opened = _store(found)
    lifts = find_lifts(judged.votes, judged.boards)
    return FlagReport(len(judged.votes), len(found) + len(lifts), opened + _store(lifts))


def _store(flags: Iterable[CohortFlag]) -> int:
    """How many are new."""
    with transaction.atomic():
        return sum(_upsert(flag) for flag in flags if not _is_decided(flag))


def _is_decided(flag: CohortFlag) -> bool:
    return (
        VoteFlag.objects.filter(cohort=flag.cohort.kind, subject=flag.cohort.subject, test=flag.test)
        .filter(last_vote_number__gte=flag.last_number)
        .exclude(status="open")
        .exists()
    )


# xmax is 0 in a row that was inserted and not updated
UPSERT: Final = """
INSERT INTO arena_voteflag
    (cohort, subject, test, p_value, votes, detail, status, first_vote_number, last_vote_number, created_at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, 'open', %s, %s, now())
ON CONFLICT (cohort, subject, test) WHERE status = 'open' DO UPDATE SET
    p_value = EXCLUDED.p_value, votes = EXCLUDED.votes, detail = EXCLUDED.detail,
    first_vote_number = EXCLUDED.first_vote_number, last_vote_number = EXCLUDED.last_vote_number
RETURNING xmax = 0
"""


def _upsert(flag: CohortFlag) -> bool:
    detail = {"model": flag.model, "direction": flag.direction} if flag.model else {}
    row = (flag.cohort.kind, flag.cohort.subject, flag.test, flag.p_value, flag.votes, json.dumps(detail))
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [*row, flag.first_number, flag.last_number])
        return bool(cursor.fetchone()[0])
