"""Boards that are deleted while a snapshot of them is being written: it is waited for, and goes with its board."""

from collections.abc import Callable
from threading import Event, Thread
from time import sleep

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client

from arena.boards.ensure_boards import ensure_boards
from arena.boards.recompute import recompute_board
from arena.competitions.change_competitions import delete_categories, delete_competitions, merge_competitions
from arena.models import Board, Category, Competition, Snapshot
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db(transaction=True)


def merge(gone: Competition) -> None:
    merge_competitions(make_competition("Kept", prompt=gone.prompt).pk, gone.pk)


def delete(gone: Competition) -> None:
    delete_competitions([gone.pk])


def delete_category(gone: Competition) -> None:
    delete_categories([gone.categories.get().pk])


@pytest.mark.parametrize(
    ("kind", "end"), [("competition", merge), ("competition", delete), ("category", delete_category)]
)
def test_a_snapshot_that_is_being_written_is_waited_for(kind: str, end: Callable[[Competition], None]) -> None:
    competition = make_competition("Gone", prompt="A fox", status="closed")
    competition.categories.add(Category.objects.create(name="Animals", slug="animals", mode=competition.mode))
    make_votes(competition, (make_model("Alder"), make_model("Birch"), "left", 3))
    ensure_boards([competition.pk])
    board = Board.objects.get(kind=kind)
    is_written = Event()

    def write() -> None:
        try:
            with transaction.atomic():
                recompute_board(board.pk)
                is_written.set()
                sleep(1)
        finally:
            connection.close()

    writer = Thread(target=write)
    writer.start()
    assert is_written.wait(60)
    end(competition)
    writer.join()
    assert not Board.objects.filter(pk=board.pk).exists()
    assert not Snapshot.objects.filter(board=board.pk).exists()


def test_the_admin_deletes_categories_and_their_competitions_stay(client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator"))
    first, second = (Category.objects.create(name=n, slug=n, mode="text-to-image") for n in ("one", "two"))
    competition = make_competition("Fox")
    competition.categories.add(first, second)
    ensure_boards([competition.pk])
    assert client.post(f"/admin/arena/category/{first.pk}/delete/", {"post": "yes"}).status_code == 302
    chosen = {"action": "delete_selected", "_selected_action": [second.pk], "post": "yes"}
    assert client.post("/admin/arena/category/", chosen).status_code == 302
    assert not Category.objects.exists()
    assert list(Competition.objects.all()) == [competition]
    assert set(Board.objects.values_list("kind", flat=True)) == {"competition", "mode"}
