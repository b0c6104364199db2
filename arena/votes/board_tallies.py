"""What a board is computed from: the sums of its competitions' tallies. Never the votes. Read side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Max, Q, Sum

from arena.models import Board, Competition, Tally, Vote
from arena.models.visibility import public_competition
from arena.rating.outcomes import OUTCOMES
from arena.rating.tallies import Tallies, TallyRow
from arena.votes.outcome_sql import TALLY_COLUMNS, each_outcome
from providers.models import ImageModel


@dataclass(frozen=True, eq=False)
class BoardTallies:
    """What one board is computed from; `model_ids` by slug."""

    tallies: Tallies
    model_ids: dict[str, int]
    last_vote_number: int


def read_tallies(board: Board) -> BoardTallies:
    """The board's tallies, summed over its competitions, less the models excluded from it. One query."""
    excluded = board.excluded_models()
    rows = (
        Tally.objects.filter(of_board(board), criterion=board.criterion)
        .exclude(Q(left_model__in=excluded) | Q(right_model__in=excluded))
        .values_list("left_model__slug", "right_model__slug", "left_model_id", "right_model_id")
        .annotate(*(Sum(outcome) for outcome in OUTCOMES), Max("last_vote_number"))
    )
    counts: list[TallyRow] = []
    ids: dict[str, int] = {}
    last = 0
    for left, right, left_id, right_id, *outcomes, number in rows:
        counts.append((left, right, *(int(count) for count in outcomes)))
        ids.update({left: left_id, right: right_id})
        last = max(last, number)
    return BoardTallies(Tallies.from_rows(counts), ids, last)


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


def count_excluded_votes(board: Board) -> int:
    """Votes an operator took out; withdrawn ones are none. Costs as much as there are of them."""
    excluded = board.excluded_models()
    taken_out = Vote.objects.filter(of_board(board, "battle__"), criterion=board.criterion, exclusion__isnull=False)
    return taken_out.exclude(Q(battle__left_model__in=excluded) | Q(battle__right_model__in=excluded)).count()


@dataclass(frozen=True, eq=False)
class TalliesUpTo(BoardTallies):
    """`slugs` by model id, for every model that ever fought on the board, counted or not."""

    slugs: dict[int, str]


TALLIES_UP_TO: Final = f"""
SELECT left_model_id, right_model_id, {each_outcome("sum({column})::bigint")}, max(last_vote_number)
FROM (
    SELECT left_model_id, right_model_id, {TALLY_COLUMNS}, last_vote_number
    FROM arena_tally WHERE competition_id = ANY(%(competitions)s) AND criterion = %(criterion)s
    UNION ALL
    SELECT battle.left_model_id, battle.right_model_id, {each_outcome("-(outcome = '{name}')::int")}, vote.number
    FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
    WHERE vote.number > %(up_to)s AND vote.is_counted AND vote.criterion = %(criterion)s
      AND battle.competition_id = ANY(%(competitions)s)
) AS part
WHERE left_model_id <> ALL(%(excluded)s) AND right_model_id <> ALL(%(excluded)s)
GROUP BY left_model_id, right_model_id
"""  # noqa: S608


def read_tallies_up_to(board: Board, up_to: int) -> TalliesUpTo:
    """The board's tallies as they were before the votes numbered above `up_to`; one statement sees both."""
    excluded = list(board.excluded_models().values_list("pk", flat=True))
    with connection.cursor() as cursor:
        wanted: dict[str, Any] = {"competitions": competition_ids(board), "criterion": board.criterion}
        cursor.execute(TALLIES_UP_TO, {**wanted, "up_to": up_to, "excluded": excluded})
        rows = cursor.fetchall()
    models = ImageModel.objects.filter(id__in={model for row in rows for model in row[:2]})
    slugs = dict(models.order_by("slug").values_list("id", "slug"))
    tallies = Tallies.from_rows((slugs[row[0]], slugs[row[1]], *row[2:6]) for row in rows)
    last = max((row[6] for row in rows), default=0)
    return TalliesUpTo(tallies, {slug: model for model, slug in slugs.items()}, last, slugs)
