"""Reading the vote log: how far it is complete, a board's votes in order, page by page, and its tallies. Read side."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from time import sleep
from typing import Any, Final

import numpy as np
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Q, QuerySet, Sum

from arena.models import Board, Competition, Tally, Vote
from arena.models.visibility import public_competition
from arena.rating.tallies import OUTCOMES, Tallies, TallyRow
from arena.rating.votes import VoteSequence
from arena.votes.append import VOTE_LOG_LOCK
from arena.votes.outcome_sql import TALLY_COLUMNS, each_outcome
from providers.models import ImageModel


@dataclass(frozen=True, eq=False)
class BoardTallies:
    """What one board is computed from; `model_ids` by slug. `competitions` are the parts, where they were asked for."""

    tallies: Tallies
    model_ids: dict[str, int]
    last_vote_number: int
    competitions: tuple[Tallies, ...] = field(default=(), kw_only=True)

    @cached_property
    def competitions_digest(self) -> str:
        """SHA-256 of the digests of the parts that have battles, in their order; empty without parts."""
        lines = "".join(f"{part.digest}\n" for part in self.competitions if part.battles)
        return hashlib.sha256(lines.encode()).hexdigest() if lines else ""


def read_tallies(board: Board) -> BoardTallies:
    """The board's tallies, summed over its competitions, less the models excluded from it. One query."""
    columns = ("left_model__slug", "right_model__slug", "left_model_id", "right_model_id")
    summed = (*(Sum(outcome) for outcome in OUTCOMES), Max("last_vote_number"))
    counts: list[TallyRow] = []
    ids: dict[str, int] = {}
    last = 0
    for left, right, left_id, right_id, *outcomes, number in _tallies(board).values_list(*columns).annotate(*summed):
        counts.append((left, right, *(int(count) for count in outcomes)))
        ids.update({left: left_id, right: right_id})
        last = max(last, number)
    return BoardTallies(Tallies.from_rows(counts), ids, last)


def read_competitions(board: Board) -> BoardTallies:
    """The same with the tallies of each competition, in the order they were made. One query, a row for every tally."""
    columns = ("left_model__slug", "right_model__slug", "left_model_id", "right_model_id", "last_vote_number")
    counts: dict[int, list[TallyRow]] = {}
    ids: dict[str, int] = {}
    last = 0
    rows = _tallies(board).order_by("competition_id").values_list("competition_id", *columns, *OUTCOMES)
    for competition, left, right, left_id, right_id, number, *outcomes in rows:
        counts.setdefault(competition, []).append((left, right, *outcomes))
        ids.update({left: left_id, right: right_id})
        last = max(last, number)
    parts = tuple(Tallies.from_rows(of_one) for of_one in counts.values())
    return BoardTallies(Tallies.merge(parts), ids, last, competitions=parts)


def _tallies(board: Board) -> QuerySet[Tally]:
    excluded = board.excluded_models()
    counted = Tally.objects.filter(of_board(board), criterion=board.criterion)
    return counted.exclude(Q(left_model__in=excluded) | Q(right_model__in=excluded))


def of_board(board: Board, prefix: str = "") -> Q:
    """Rows whose competition counts on the board; `prefix` leads to it, for example `battle__`.

    Drafts count on their own boards alone: what a wider board is computed from, everybody may see.
    """
    if board.kind == "competition":
        return Q(**{f"{prefix}competition": board.competition_id})
    wider: dict[str, Any] = {f"{prefix}competition__mode": board.mode}
    if board.kind == "category":
        wider = {f"{prefix}competition__categories": board.category_id}
    return Q(**wider) & public_competition(f"{prefix}competition__")


def competition_ids(board: Board) -> list[int]:
    """Of the competitions that count on the board, ascending."""
    if board.kind == "competition":
        return [board.competition_id] if board.competition_id else []
    wider: dict[str, Any] = {"categories": board.category_id} if board.kind == "category" else {"mode": board.mode}
    return list(Competition.objects.public().filter(**wider).order_by("id").values_list("id", flat=True))


def excluded_votes(board: Board) -> QuerySet[Vote]:
    """Votes that an operator took out or the site set aside."""
    excluded = board.excluded_models()
    taken_out = Vote.objects.filter(of_board(board, "battle__"), criterion=board.criterion, exclusion__isnull=False)
    stay = taken_out.filter(withdrawn_at__isnull=True)
    return stay.exclude(Q(battle__left_model__in=excluded) | Q(battle__right_model__in=excluded))


def count_excluded_votes(board: Board) -> int:
    """How many; withdrawn ones are none. Costs as much as there are of them."""
    return excluded_votes(board).count()


@dataclass(frozen=True, eq=False)
class TalliesUpTo(BoardTallies):
    """`slugs` by model id, for every model that ever fought on the board, counted or not."""

    slugs: dict[int, str]


TALLIES_UP_TO: Final = f"""
SELECT CASE WHEN %(apart)s THEN competition_id END, left_model_id, right_model_id,
       {each_outcome("sum({column})::bigint")}, max(last_vote_number)
FROM (
    SELECT competition_id, left_model_id, right_model_id, {TALLY_COLUMNS}, last_vote_number
    FROM arena_tally WHERE competition_id = ANY(%(competitions)s) AND criterion = %(criterion)s
    UNION ALL
    SELECT battle.competition_id, battle.left_model_id, battle.right_model_id,
           {each_outcome("-(outcome = '{name}')::int")}, vote.number
    FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
    WHERE vote.number > %(up_to)s AND vote.is_counted AND vote.criterion = %(criterion)s
      AND battle.competition_id = ANY(%(competitions)s)
) AS part
WHERE left_model_id <> ALL(%(excluded)s) AND right_model_id <> ALL(%(excluded)s)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608


def read_tallies_up_to(board: Board, up_to: int, *, by_competition: bool = False) -> TalliesUpTo:
    """The board's tallies as they were before the votes numbered above `up_to`; one statement sees both.

    With `competitions`, in the order they were made, where a board of several is asked for them.
    """
    apart = by_competition and board.kind != "competition"
    excluded = list(board.excluded_models().values_list("pk", flat=True))
    with connection.cursor() as cursor:
        wanted: dict[str, Any] = {"competitions": competition_ids(board), "criterion": board.criterion}
        cursor.execute(TALLIES_UP_TO, {**wanted, "up_to": up_to, "excluded": excluded, "apart": apart})
        rows = cursor.fetchall()
    models = ImageModel.objects.filter(id__in={model for row in rows for model in row[1:3]})
    slugs = dict(models.order_by("slug").values_list("id", "slug"))
    counts: dict[int | None, list[TallyRow]] = {}
    for competition, left, right, *outcomes, _ in rows:
        counts.setdefault(competition, []).append((slugs[left], slugs[right], *outcomes))
    parts = tuple(Tallies.from_rows(of_one) for of_one in counts.values())
    last = max((row[-1] for row in rows), default=0)
    ids = {slug: model for model, slug in slugs.items()}
    return TalliesUpTo(Tallies.merge(parts), ids, last, slugs, competitions=parts if apart else ())


PAGE_VOTES: Final = 50_000
PATIENCE_MS: Final = 300
PAUSES_S: Final = (0.5, 1.0)


class VoteLogBusy(RuntimeError):
    """Votes are being written whose numbers may lie below numbers already visible; ask again later."""


@dataclass(frozen=True, eq=False)
class VotePage:
    """Votes in ascending order; `numbers` and `cast_at` run along, None where an imported file does not say."""

    votes: VoteSequence
    numbers: tuple[int, ...]
    cast_at: tuple[datetime | None, ...]


def complete_up_to() -> int:
    """The highest vote number with no vote below it still on its way; 0 without votes. Raises VoteLogBusy.

    Numbers are given before votes are committed. For an instant nobody else may write votes; whoever was
    writing has then committed. An import that runs is not waited for.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [VOTE_LOG_LOCK])
        if not cursor.fetchone()[0]:
            raise VoteLogBusy("votes are being imported")
        _lock_soon()
        last = Vote.objects.aggregate(last=Max("number"))["last"]
    return last or 0


def _lock_soon() -> None:
    """Maintenance of the table may hold it for a moment, and votes must flow in between."""
    for pause_s in PAUSES_S:
        try:
            return _lock_briefly()
        except VoteLogBusy:
            sleep(pause_s)
    return _lock_briefly()


def _lock_briefly() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # votes queue behind the lock while it waits, so it must not wait long
            cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
            cursor.execute("LOCK TABLE arena_vote IN SHARE MODE")
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        raise VoteLogBusy("votes are being written") from error


def board_votes(board: Board) -> QuerySet[Vote]:
    """The votes of a board, counted or not, less those on models excluded from it."""
    excluded = list(board.excluded_models().values_list("pk", flat=True))
    votes = Vote.objects.filter(criterion=board.criterion, battle__competition__in=competition_ids(board))
    return votes.exclude(Q(battle__left_model__in=excluded) | Q(battle__right_model__in=excluded))


def pages(board: Board, after: int, up_to: int, slugs: dict[int, str], *, size: int = PAGE_VOTES) -> Iterator[VotePage]:
    """Counted votes numbered above `after`, up to and with `up_to`; `slugs` by model id, for all that may occur.

    No page has more than `size`: whoever works long on each lets the session rest meanwhile, which ends one in time.
    """
    ids, models = list(slugs), tuple(slugs.values())
    place = {model_id: index for index, model_id in enumerate(ids)}
    votes = board_votes(board).filter(number__lte=up_to, is_counted=True).order_by("number")
    columns = ("number", "battle__left_model_id", "battle__right_model_id", "outcome", "cast_at")
    while rows := list(votes.filter(number__gt=after).values_list(*columns)[:size]):
        after = rows[-1][0]
        sequence = VoteSequence(
            models,
            np.array([place[row[1]] for row in rows], np.int64),
            np.array([place[row[2]] for row in rows], np.int64),
            np.array([OUTCOMES.index(row[3]) for row in rows], np.int64),
            after,
        )
        yield VotePage(sequence, tuple(row[0] for row in rows), tuple(row[4] for row in rows))
