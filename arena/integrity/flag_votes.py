"""Looks for cohorts of votes that honest voters would not have cast and flags them; it never takes a vote out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from arena.integrity.fraud import CohortFlag, find_flags
from arena.integrity.vote_cohorts import read_judged_votes
from arena.models import VoteFlag


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
    with transaction.atomic():
        opened = sum(_upsert(flag) for flag in found if not _is_decided(flag))
    return FlagReport(len(judged.votes), len(found), opened)


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
