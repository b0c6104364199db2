"""A competition shown by link: its address shows it and lets people vote; nothing else knows of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from arena.boards.findings import complete_boards
from arena.boards.recompute import board_lag_s, recompute_boards, recompute_changed_boards
from arena.boards.table import board_table
from arena.models import Board, Competition, Vote
from arena.voting.draw_pools import open_contests
from tests.visibility.secret_world import SecretWorld, make_secret_world
from tests.visibility.test_privacy_walk import all_addresses, ask, client_of, forget_everything, seen_by
from tests.voting.factories import look, send

pytestmark = pytest.mark.django_db
MODE = "mode-text-to-image"
# what an address is enough for, by how it begins
OPEN: tuple[str, ...] = ("/competitions/", "/leaderboards/competition-", "/images/", "/vote/", "/battles/")


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> SecretWorld:
    """Its secrets hang on an open competition that is shown by link."""
    settings.MEDIA_ROOT = tmp_path
    settings.VOTES_DELAY_HOURS = 0
    made = make_secret_world()
    Competition.objects.filter(pk=made.draft.pk).update(status="open", visibility="link")
    forget_everything()
    boards = list(Board.objects.values_list("pk", flat=True))
    recompute_boards(boards)
    complete_boards(boards)
    return made


def names(world: SecretWorld, address: str) -> bool:
    """Whether the address is one of the competition's own, of its pictures, or of a battle in it."""
    shared = (world.draft.public_id, world.merged_id, *(one.sha256 for one in world.pictures), *world.battles.values())
    return address.startswith(OPEN) and any(one in address for one in shared)


def test_nothing_tells_of_it_but_its_own_addresses(world: SecretWorld) -> None:
    addresses = [one for one in all_addresses(world) if not names(world, one)]
    assert len(addresses) > 1_000
    assert seen_by(world, "anonymous", addresses) == {}
    assert seen_by(world, "stranger", [one for one in addresses if not one.startswith("/admin/")]) == {}


def test_its_addresses_show_it_and_no_cache_or_index_keeps_it(world: SecretWorld) -> None:
    client, own = Client(), f"competition-{world.draft.public_id}"
    pages = [f"/leaderboards/{own}{part}" for part in ("", "/charts", "/value", "/changes", "/planner")]
    pictures = [f"/images/{world.draft.source_image.sha256}"] if world.draft.source_image else []
    for address in (f"/competitions/{world.draft.public_id}", *pages, *pictures):
        answer = client.get(address)
        answer.getvalue()  # closes its file
        assert answer.status_code == 200, address
        assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store, private", "noindex"), address
    board = client.get(pages[0]).content.decode()
    assert "by link: in no list" in board
    assert "/api/v1/leaderboards/" not in board
    assert client.get(f"/leaderboards/competition-{world.merged_id}").headers["Location"] == pages[0]


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/leaderboards/{}",
        "/api/v1/leaderboards/{}/votes",
        "/embed/{}",
        "/embed/{}/badge.svg",
        "/leaderboards/{}/changes.atom",
    ],
)
def test_what_others_would_keep_is_not_given(world: SecretWorld, address: str) -> None:
    assert Client().get(address.format(f"competition-{world.draft.public_id}")).status_code == 404


def test_its_held_and_retired_pictures_stay_hidden(world: SecretWorld) -> None:
    hidden = [one.sha256 for one in world.hidden]
    assert len(hidden) == 2
    assert [Client().get(f"/images/{one}").status_code for one in hidden] == [404, 404]


def test_a_vote_there_moves_its_own_board_and_no_other(world: SecretWorld) -> None:
    own = f"competition-{world.draft.public_id}"
    before = {key: (made.votes, made.digest) for key in (own, MODE) if (made := votes_of(key))}
    client = Client()
    battle = look(client, f"/vote/{world.draft.public_id}")
    assert send(client, battle, "left").status_code in {200, 303}
    assert Vote.objects.filter(battle__competition=world.draft).latest("number").is_counted
    recompute_changed_boards()
    after = {key: (made.votes, made.digest) for key in (own, MODE) if (made := votes_of(key))}
    assert after[own][0] == before[own][0] + 1
    assert after[MODE] == before[MODE]
    assert board_lag_s(timezone.now()) == 0


def votes_of(key: str) -> Any:
    return (
        Board.objects.get(key=key).snapshots.filter(method="bradley-terry", variant="prior=1", is_current=True).first()
    )


def test_it_is_drawn_only_for_who_asks_for_it(world: SecretWorld) -> None:
    assert {(one.competition_id, one.is_public) for one in open_contests()} == {
        (world.draft.pk, False),
        (world.open.pk, True),
    }
    client = Client()
    for _ in range(6):
        battle = look(client, "/vote")
        send(client, battle, "left")
    voted = Vote.objects.order_by("-number").values_list("battle__competition", flat=True)[:6]
    assert set(voted) == {world.open.pk}


def test_an_operator_sets_it_and_boards_follow_at_once(world: SecretWorld) -> None:
    client = client_of(world, "operator")
    address = f"/ops/competitions/{world.draft.public_id}/edit"
    title = {"title": world.draft.title, "prompt": world.draft.prompt, "categories": []}
    assert client.post(address, {**title, "visibility": "public"}).status_code == 303
    assert ask(Client(), f"/competitions/{world.draft.public_id}").cache_control == ""
    total = board_table(MODE).computation
    assert client.post(address, {**title, "visibility": "link"}).status_code == 303
    fewer = board_table(MODE).computation
    assert total
    assert fewer
    assert total.votes > fewer.votes
    assert "no-store" in ask(Client(), f"/competitions/{world.draft.public_id}").cache_control
    assert client.post(address, {**title, "visibility": "all"}).status_code == 400
