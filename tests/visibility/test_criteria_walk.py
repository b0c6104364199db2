"""Votes by other criteria and their boards show nowhere: every address answers as if they were not there."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from django.core.cache import cache

from arena.boards.ensure_boards import ensure_boards
from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_boards
from arena.models import Board
from providers.models import ImageModel
from tests.arena.factories import make_votes
from tests.visibility.secret_world import SECRET, SecretWorld
from tests.visibility.test_privacy_walk import (  # noqa: F401  a fixture
    CHANGING,
    Answer,
    all_addresses,
    ask,
    client_of,
    forget_everything,
    world,
)

pytestmark = pytest.mark.django_db
CRITERION = f"{SECRET}-looks"
# what differs by itself from one time to the next: a pair that is drawn, counters of the process, forms of operators,
# and a file where names of voters cannot be left out
OWN_LIFE = re.compile(r"^/(vote|battles|metrics|health|ops|admin|docs)|^/api/v1/votes\?.*format=parquet")
# voters have other names in each export
EXPORTED = re.compile(rb"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])")
# where an operator may see more
BOARDS = ("/leaderboards", "/competitions", "/embed")
MOMENTS = re.compile(
    rb"\d+\s(second|minute)s? ago|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)?|\d+(\.\d+)? ?(ms|s)\b"
)


def models_of(world: SecretWorld) -> list[ImageModel]:  # noqa: F811
    return list(ImageModel.objects.filter(entries__competition=world.open, entries__status="live").distinct())


def compute(world: SecretWorld) -> None:  # noqa: F811
    boards = ensure_boards([world.open.pk])
    recompute_boards(boards)
    complete_boards(boards)


def judge(world: SecretWorld) -> None:  # noqa: F811
    """By another criterion, the other way round and a thousand times."""
    pairs = pairwise(reversed(models_of(world)))
    make_votes(world.open, *((one, other, "left", 300) for one, other in pairs), criterion=CRITERION)
    compute(world)
    assert Board.objects.filter(criterion=CRITERION).count() == 3


def walked(world: SecretWorld) -> list[str]:  # noqa: F811
    """Addresses of what is public, and of boards that nobody may see."""
    found = [one for one in all_addresses(world) if not OWN_LIFE.match(one)]
    return [one for one in found if CRITERION in one or not any(word in one for word in world.words)]


def plain(answer: Answer) -> tuple[int, bytes, str]:
    return answer.status, EXPORTED.sub(b"", MOMENTS.sub(b"", CHANGING.sub(b"", answer.content))), answer.location


def answers(world: SecretWorld, who: str, addresses: list[str]) -> dict[str, tuple[int, bytes, str]]:  # noqa: F811
    forget_everything()
    cache.clear()
    client = client_of(world, who)
    return {address: plain(ask(client, address)) for address in addresses}


@pytest.mark.parametrize("who", ["anonymous", "operator"])
def test_no_answer_changes(world: SecretWorld, who: str) -> None:  # noqa: F811
    addresses = [*walked(world), "/search?q=kites"]
    assert len(addresses) > 100
    if who == "operator":
        addresses = [one for one in addresses if one.startswith(BOARDS)]
    # entries without a picture are made beforehand, for they are listed
    make_votes(world.open, *((one, other, "tie", 1) for one, other in pairwise(models_of(world))))
    compute(world)
    before = answers(world, who, addresses)
    judge(world)
    after = answers(world, who, addresses)
    assert [one for one in addresses if after[one] != before[one]] == []


def test_nobody_finds_the_boards_or_the_criterion(world: SecretWorld) -> None:  # noqa: F811
    judge(world)
    forget_everything()
    of_boards = [one for one in walked(world) if CRITERION in one]
    assert len(of_boards) > 30
    for who in ("anonymous", "operator"):
        assert {ask(client_of(world, who), one).status for one in of_boards} <= {400, 404}
