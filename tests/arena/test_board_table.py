"""The read side of boards: what pages and the API are given, and in how many queries."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arena.boards.recompute import recompute_changed_boards
from arena.boards.table import board_table, list_boards, standings_of_model
from arena.models import Board, Category, Entry, Snapshot
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes

pytestmark = pytest.mark.django_db
CountQueries = Callable[[int], object]


def test_a_row_carries_the_record_and_the_win_rate_to_one_decimal() -> None:
    a, b = make_model("Alpha", slug="alpha", creator="atelier"), make_model("Beta", slug="beta")
    make_votes(make_competition(), (a, b, "left", 10), (b, a, "left", 20), (a, b, "tie", 3), (b, a, "both_bad", 1))
    recompute_changed_boards()
    row = {row.slug: row for row in board_table("mode-text-to-image").rows}["alpha"]
    assert (row.model, row.creator, row.creator_slug, row.url) == (
        "Alpha",
        "Atelier",
        "atelier",
        "/models/atelier/alpha",
    )
    assert (row.wins, row.losses, row.ties, row.both_bad, row.battles) == (10, 20, 4, 1, 34)
    assert row.win_rate == 29.4
    assert (row.rank, row.comparable) == (2, True)


def test_boards_are_listed_modes_first_then_by_title() -> None:
    category = Category.objects.create(slug="portrait", name="Portrait", mode="text-to-image")
    a, b = make_model("Alpha"), make_model("Beta")
    for title, mode in (("Zebra", "text-to-image"), ("Apple", "image-edit")):
        competition = make_competition(title, mode=mode)
        if mode == category.mode:
            competition.categories.add(category)
        make_votes(competition, (a, b, "left", 5), (b, a, "left", 1))
    recompute_changed_boards()
    listed = list_boards()
    assert [found.board.title for found in listed] == ["Image Edit", "Text to Image", "Portrait", "Apple", "Zebra"]
    assert {found.leader.model for found in listed if found.leader} == {"Alpha"}
    assert [found.votes for found in listed] == [6] * 5
    assert [found.board.title for found in list_boards(kind="competition", mode="image-edit")] == ["Apple"]


def test_a_board_never_computed_is_listed_and_empty() -> None:
    competition = make_competition()
    make_votes(competition, (make_model(), make_model(), "left", 1))
    table = board_table(f"competition-{competition.public_id}")
    assert (table.computation, table.rows) == (None, ())
    assert [(found.votes, found.computed_at, found.leader) for found in list_boards()] == [(0, None, None)] * 2


def test_an_unknown_board_does_not_exist() -> None:
    with pytest.raises(Board.DoesNotExist):
        board_table("competition-nowhere")


def test_a_model_is_told_its_place_on_every_board() -> None:
    a, b = make_model("Alpha"), make_model("Beta")
    competition = make_competition("A red fox")
    make_votes(competition, (a, b, "left", 5), (b, a, "left", 1))
    make_votes(make_competition("Elsewhere"), (b, make_model(), "left", 5))
    recompute_changed_boards()
    found = standings_of_model(a)
    assert [(one.board.kind, one.board.title, one.row.rank, one.ranked_models) for one in found] == [
        ("mode", "Text to Image", 1, 3),
        ("competition", "A red fox", 1, 2),
    ]
    assert [one.board.competition_id for one in found] == ["", competition.public_id]


def test_a_competition_shows_the_strongest_picture_that_is_public() -> None:
    a, b = make_model(), make_model()
    competition = make_competition()
    records = (("live", 9, 3), ("live", 2, 0), ("held", 50, 0), ("retired", 60, 0))
    images = {}
    for status, wins, losses in records:
        entry = make_entry(competition, a, image=make_image(), status=status)
        Entry.objects.filter(id=entry.id).update(wins=wins, losses=losses)
        images[wins] = entry.image.sha256
    make_votes(competition, (a, b, "left", 5))
    recompute_changed_boards()
    # (2 + 1) / (2 + 2) is more than (9 + 1) / (12 + 2)
    assert [one.image_sha256 for one in standings_of_model(a)] == ["", images[2]]


def test_no_page_of_boards_fetches_the_covariance(client: Client) -> None:
    """It is 32 MB on a board of 2,000 models, and stood in every row that was joined to its snapshot."""
    models = [make_model() for _ in range(4)]
    competition = make_competition()
    make_votes(competition, *[(a, b, "left", 2) for a in models for b in models if a != b])
    recompute_changed_boards()
    assert Snapshot.objects.filter(is_current=True, variant="prior=1", covariance__isnull=False).count() == 2
    key = f"competition-{competition.public_id}"
    pages = ("/", "/models", models[0].get_absolute_url(), "/leaderboards", f"/leaderboards/{key}")
    with CaptureQueriesContext(connection) as queries:
        assert [client.get(page).status_code for page in pages] == [200] * 5
        assert client.get(f"/api/v1/leaderboards/{key}").status_code == 200
    assert [query["sql"] for query in queries if "covariance" in query["sql"]] == []


def test_each_read_takes_few_queries(django_assert_num_queries: CountQueries) -> None:
    models = [make_model() for _ in range(6)]
    for _ in range(4):
        competition = make_competition()
        make_entry(competition, models[0], image=make_image())
        make_votes(competition, *[(a, b, "left", 2) for a in models for b in models if a != b])
    recompute_changed_boards()
    with django_assert_num_queries(2):
        assert len(list_boards()) == 5
    with django_assert_num_queries(2):
        assert len(board_table("mode-text-to-image").rows) == 6
    with django_assert_num_queries(2):
        assert len(standings_of_model(models[0])) == 5
