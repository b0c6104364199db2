"""How much wider each board's intervals would be by voter: read from the votes each night, stored with the findings."""

import logging
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from statistics import median
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform

from arena.models import Board, Snapshot
from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.errors import RatingError
from arena.rating.fit import RatingFit
from arena.rating.tallies import Tallies
from arena.rating.voter_widths import ScoresByVoter, VoterRow
from arena.votes.log import competition_ids, read_tallies

LOG = logging.getLogger(__name__)
FINDING: Final = "voters"
DECIMALS: Final = 4
ROWS_AT_ONCE: Final = 50_000
# a row per voter and ordered pair, voter after voter
BY_VOTER: Final = """
SELECT battle.voter_id, battle.left_model_id, battle.right_model_id, count(*) FILTER (WHERE outcome = 'left'),
       count(*) FILTER (WHERE outcome = 'right'), count(*) FILTER (WHERE outcome NOT IN ('left', 'right'))
FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
WHERE vote.criterion = %(criterion)s AND vote.is_counted AND vote.number <= %(up_to)s
  AND battle.competition_id = ANY(%(competitions)s) AND battle.voter_id IS NOT NULL
  AND battle.left_model_id = ANY(%(models)s) AND battle.right_model_id = ANY(%(models)s)
GROUP BY 1, 2, 3 ORDER BY 1
"""


def compute_changed_voter_widths() -> int:
    """Boards whose figures by voter are of other votes than their headline snapshot; for how many they were written."""
    current = Snapshot.objects.current_headline().annotate(of=KeyTextTransform("digest", F(f"findings__{FINDING}")))
    return compute_voter_widths(
        current.filter(~Q(of=F("digest")) | Q(of__isnull=True)).values_list("board_id", flat=True)
    )


def compute_voter_widths(board_ids: Iterable[int]) -> int:
    """Each board by itself; one that cannot be examined is logged and stays as it is."""
    written = 0
    for board_id in list(board_ids):
        try:
            written += _compute(board_id)
        except RatingError:
            LOG.exception("board %s could not be examined by voter", board_id)
    return written


def _compute(board_id: int) -> bool:
    """Whether figures were written: votes that came or went meanwhile are for a later run."""
    board = Board.objects.filter(id=board_id).first()
    if board is None:
        return False
    read = read_tallies(board)
    fit = fit_bradley_terry(read.tallies)
    if not fit.models:
        return False
    ids = {read.model_ids[slug]: place for place, slug in enumerate(fit.models)}
    wanted = {"criterion": board.criterion, "up_to": read.last_vote_number, "competitions": competition_ids(board)}
    finding = voter_finding(read.tallies, fit, _parts({**wanted, "models": list(ids)}, ids))
    if read_tallies(board).tallies.digest != read.tallies.digest:
        return False
    with transaction.atomic():
        current = Snapshot.objects.current_headline().select_for_update().filter(board=board, digest=finding["digest"])
        snapshot = current.only("findings").first()
        if snapshot is None:
            return False
        snapshot.findings = snapshot.findings | {FINDING: finding}
        snapshot.save(update_fields=["findings"])
    return True


def voter_finding(tallies: Tallies, fit: RatingFit, parts: Iterable[Sequence[VoterRow]]) -> dict[str, Any]:
    """As JSON keeps it. Each part has a row per voter and pair, of voters of its own: voter, places of left and right
    among the fitted models, left wins, right wins, ties."""
    scores = ScoresByVoter(tallies, fit)
    for part in parts:
        scores.add_rows(part)
    found = scores.widths()
    known = {
        slug: round(float(factor), DECIMALS)
        for slug, factor in zip(fit.models, found.factors, strict=True)
        if math.isfinite(factor)
    }
    return {
        "digest": tallies.digest,
        "voters": found.voters,
        "votes": found.votes,
        "factor": round(median(known.values()), DECIMALS) if known else None,
        "models": known,
    }


def _parts(wanted: dict[str, Any], places: dict[int, int]) -> Iterator[Sequence[VoterRow]]:
    """Read through a cursor of the database's: memory does not grow with votes or voters."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(BY_VOTER, wanted)
        held: list[VoterRow] = []
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            held += [(voter, places[left], places[right], *counts) for voter, left, right, *counts in rows]
            whole = bisect_left(held, held[-1][0], key=itemgetter(0))
            if whole:
                yield held[:whole]
            held = held[whole:]
        if held:
            yield held
