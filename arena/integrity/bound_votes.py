"""Sets votes aside that are past what one voter, network or day's newcomers may move about one model.

A vote counts at once; it is looked at here once, in the order of the log, when it can no longer be undone. So the
same log gives the same votes, and what an operator restores stays restored.
"""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from arena.integrity.bounds import (
    EVERY,
    KINDS,
    NETWORK,
    NEWCOMERS,
    SHARES,
    VOTER,
    Bound,
    CastVote,
    Place,
    Reach,
    past_bounds,
)
from arena.integrity.exclude_votes import GateDay, set_aside
from arena.models import VoteReach
from arena.rating.criteria import MARK, OVERALL
from arena.votes.log import complete_up_to
from arena.voting.battle_steps import UNDO_MINUTES

BATCH_VOTES: Final = 10_000
MOST_BATCHES: Final = 20
REASONS: Final = {
    VOTER: "Past what one voter's votes about one model count; set aside by the site.",
    NETWORK: "Past what one network's votes of a day about one model count; set aside by the site.",
    NEWCOMERS: "Past what a day's newcomers' votes about one model count; set aside by the site.",
}
# of networks and newcomers: the day is over, and no vote of it is to come
DAYS_BEFORE: Final = 2


def site_bounds() -> dict[str, Bound]:
    """As the settings have them; 0 bounds nothing."""
    least = {
        VOTER: settings.VOTER_MODEL_BOUND,
        NETWORK: settings.NETWORK_MODEL_BOUND,
        NEWCOMERS: settings.NEWCOMER_MODEL_BOUND,
    }
    return {kind: Bound(least[kind], SHARES[kind] if least[kind] else 0.0) for kind in KINDS}


def bound_votes(now: datetime | None = None) -> int:
    """How many votes were set aside of those not looked at before; at most 200,000 are. Raises VoteLogBusy."""
    until = (now or timezone.now()) - timedelta(minutes=UNDO_MINUTES + 1)
    up_to, taken_out = complete_up_to(), 0
    for _ in range(MOST_BATCHES):
        looked_at, found = _bound_batch(up_to, until)
        taken_out += found
        if looked_at < BATCH_VOTES:
            break
    return taken_out


# votes on battles opened here are bounded, and these alone have a token: those that were imported, or came with a data
# set, may name a voter too. Withdrawn ones hold no place. What follows a vote that may still be undone waits for it.
READ: Final = f"""
WITH batch AS MATERIALIZED (
    SELECT vote.number, vote.battle_id, vote.criterion, vote.cast_at FROM arena_vote AS vote
    WHERE vote.number > %(after)s AND vote.number <= %(up_to)s AND vote.withdrawn_at IS NULL
    ORDER BY vote.number LIMIT %(most)s
), recent AS (
    SELECT min(batch.number) AS number FROM batch JOIN arena_battle AS battle ON battle.id = battle_id
    WHERE cast_at > %(until)s AND token_digest <> ''
)
SELECT batch.number, competition.mode || CASE WHEN batch.criterion = '{OVERALL}' THEN ''
                                             ELSE '{MARK}' || batch.criterion END,
       battle.left_model_id, battle.right_model_id, batch.cast_at,
       CASE WHEN battle.token_digest <> '' THEN battle.voter_id END, battle.network,
       voter.created_at
FROM batch JOIN arena_battle AS battle ON battle.id = batch.battle_id
JOIN arena_competition AS competition ON competition.id = battle.competition_id
LEFT JOIN arena_voter AS voter ON voter.id = battle.voter_id
WHERE batch.number < coalesce((SELECT number FROM recent), %(up_to)s + 1)
ORDER BY batch.number
"""  # noqa: S608
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('arena: bounds of votes', 0))"


def _bound_batch(up_to: int, until: datetime) -> tuple[int, int]:
    """How many votes of the next batch were looked at, and how many of them set aside."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
            after = VoteReach.objects.filter(kind=EVERY, subject="").aggregate(last=Max("last_vote_number"))["last"]
            cursor.execute(READ, {"after": after or 0, "up_to": up_to, "until": until, "most": BATCH_VOTES})
            rows = cursor.fetchall()
        if not rows:
            return 0, 0
        votes, days = _cast_votes(rows)
        reach = _read_reach(votes)
        before = Reach(reach)
        found = past_bounds(votes, reach, site_bounds())
        _store_reach(reach, before, votes)
        return len(rows), _set_aside(found, days)


def _cast_votes(rows: list[tuple[Any, ...]]) -> tuple[list[CastVote], dict[int, date]]:
    """And by number the UTC day each was cast on."""
    votes, days = [], {}
    for number, scope, left, right, cast_at, voter, network, joined_at in rows:
        day = cast_at.astimezone(UTC).date() if cast_at else date.min
        known = (str(voter), network, joined_at.astimezone(UTC).date() == day) if voter else ()
        votes.append(CastVote(number, scope, (left, right), day, *known))
        days[number] = day
    return votes, days


def _read_reach(votes: list[CastVote]) -> Reach:
    subjects = {subject for vote in votes for _, subject in vote.subjects} | {""}
    stored = VoteReach.objects.filter(kind__in=(EVERY, *KINDS), subject__in=subjects)
    columns = ("kind", "subject", "scope", "model_id", "votes")
    return Counter({Place(*place): count for *place, count in stored.values_list(*columns)})


def _store_reach(reach: Reach, before: Reach, votes: list[CastVote]) -> None:
    """Every row that grew; those of days long over go."""
    last = votes[-1].number
    grown = [
        VoteReach(
            **{"kind": place.kind, "subject": place.subject, "scope": place.scope, "model_id": place.model},
            votes=count,
            last_vote_number=last,
        )
        for place, count in sorted(reach.items())
        if count != before[place]
    ]
    VoteReach.objects.bulk_create(
        grown,
        update_conflicts=True,
        unique_fields=["kind", "subject", "scope", "model"],
        update_fields=["votes", "last_vote_number"],
        batch_size=5000,
    )
    over = max(vote.day for vote in votes)
    if over > date.min:
        oldest = (over - timedelta(days=DAYS_BEFORE)).isoformat()
        VoteReach.objects.filter(kind__in=(NETWORK, NEWCOMERS), subject__lt=oldest).delete()


def _set_aside(found: dict[int, str], days: dict[int, date]) -> int:
    """Each kind's votes of a day under one exclusion; those that count no more are left out."""
    groups: dict[tuple[str, date], list[int]] = defaultdict(list)
    for number, kind in found.items():
        groups[kind, days[number]].append(number)
    return set_aside(
        GateDay(f"{kind}_bound", day, REASONS[kind], numbers) for (kind, day), numbers in sorted(groups.items())
    )
