"""Drawing a pair: a battle opened for a voter, its row written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import repeat
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from arena.boards.ensure_boards import ensure_boards
from arena.boards.recompute import recompute_boards
from arena.models import Battle, Competition, VoteQuota, Voter
from arena.voting.open_battle import REMEMBERED, open_battle
from bench.arena_world import make_waiting
from bench.report import Line, within
from bench.timing import take_turns, timed

NETWORK = "f" * 64
LIMIT_MS = 5.0


def measure_drawing(competition: Competition, rounds: int) -> list[Line]:
    """On a board with votes, for voters who just came and for one of whom all is kept in mind that ever is."""
    settings.NEWCOMER_DAILY_CAP = 10**6
    recompute_boards(ensure_boards([competition.pk]))
    veteran = _with_battles_behind(competition, REMEMBERED)
    newcomers = Voter.objects.bulk_create([Voter() for _ in range(rounds + 1)])
    opened: list[UUID] = []
    tasks = {
        "first": partial(_draw, iter(newcomers), opened),
        "veteran": partial(_draw, repeat(veteran), opened),
    }
    taken = take_turns(tasks, rounds)
    if len(set(opened)) != len(opened):
        raise RuntimeError("a battle was handed out twice, so drawing was not what was measured")
    return [
        within("drawing a voter's first pair", taken["first"], LIMIT_MS),
        within(f"drawing a pair after {REMEMBERED} battles", taken["veteran"], LIMIT_MS),
    ]


def _draw(voters: Iterator[Voter], opened: list[UUID]) -> float:
    voter = next(voters)
    # the commit is left out: it is the disk's and comes with any row
    with transaction.atomic():
        seconds = timed(lambda: opened.append(open_battle(voter.pk, NETWORK)))()
    # settled outside the clock: a battle that waits would be shown again
    Battle.objects.filter(public_id=opened[-1]).update(void_reason="bench")
    return seconds


def _with_battles_behind(competition: Competition, battles: int) -> Voter:
    voter = Voter.objects.create()
    made = [waiting.battle_id for waiting in make_waiting(competition, battles)]
    Battle.objects.filter(id__in=made).update(voter=voter, void_reason="bench")
    # pairs are shown in proportion to votes
    VoteQuota.objects.create(kind="voter", subject=str(voter.pk), day=timezone.now().date(), votes=10**6)
    return voter
