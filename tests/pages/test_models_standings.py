"""Where standings and pictures of our own stand on the model page, and what labels them."""

from datetime import UTC, datetime

import pytest

from arena.boards.methods import HEADLINE
from arena.models import Board, Competition, Entry, Snapshot, Standing, StoredImage
from tests.facts.factories import make_endpoint, make_model, make_reported_standing

pytestmark = pytest.mark.django_db


def make_competition(title="Red Fox", **changes):
    return Competition.objects.create(title=title, mode="text-to-image", prompt="a red fox", **changes)


def make_board(competition=None):
    if competition:
        return Board.objects.create(
            key=f"competition-{competition.public_id}",
            kind="competition",
            mode="text-to-image",
            competition=competition,
        )
    return Board.objects.create(key="mode-text-to-image", kind="mode", mode="text-to-image")


def make_standing(model, board, rating=1100.25, **changes):
    snapshot, _ = Snapshot.objects.get_or_create(
        board=board,
        method=HEADLINE.name,
        variant=HEADLINE.variant,
        defaults={"version": "1", "digest": "0", "ranked_models": 7, "computed_at": datetime(2026, 11, 1, tzinfo=UTC)},
    )
    values = {"position": 1, "lower": 1080.0, "upper": 1120.5, "rank": 2, "rank_best": 1, "rank_worst": 4}
    record = {"wins": 5, "losses": 3, "ties": 1, "both_bad": 0}
    return Standing.objects.create(model=model, snapshot=snapshot, rating=rating, **values, **record, **changes)


def make_entry(model, competition, sha256="a" * 64):
    image = StoredImage.objects.create(sha256=sha256, file=f"{sha256}.webp", width_px=8, height_px=8, size_bytes=9)
    return Entry.objects.create(model=model, competition=competition, image=image, status="live")


def page_of(client, page=""):
    answer = client.get(f"/models/acme/lantern{page}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_rank_comes_with_the_ranks_it_could_be(client):
    make_standing(make_model(), make_board())
    text = page_of(client)
    assert "#2 of 7 in text to image (anywhere from 1 to 4)" in text
    assert "- Rank Range: #1 to #4" in client.get("/models/acme/lantern/llms.txt").content.decode()


def test_a_report_yields_to_the_board_held_here(client):
    model, competition = make_model(), make_competition()
    make_standing(model, make_board(competition))
    make_reported_standing(model, "Red Fox", rating=1999)
    make_reported_standing(model, "Blue Fox", rating=1888)
    text = page_of(client, "/benchmarks")
    assert "1999" not in text
    assert "1888" in text
    assert "do not compare with ranks or ratings measured here" in text


def test_pictures_of_our_own_are_shown_and_named_in_the_markdown(client, settings):
    model, competition = make_model(), make_competition()
    make_standing(model, make_board(competition))
    make_entry(model, competition)
    assert f"/images/{'a' * 64}/small" in page_of(client, "/gallery")
    line = f"- [Red Fox]({settings.SITE_URL}/images/{'a' * 64}): #2 of 7 (Elo 1100.25)"
    assert line in client.get("/models/acme/lantern/llms.txt").content.decode()


def test_places_that_rest_on_demonstration_votes_are_labelled(client):
    model, competition = make_model(), make_competition(is_demo=True)
    make_entry(model, competition)
    make_standing(model, make_board(competition))
    make_standing(model, make_board())
    assert "on demonstration votes" in page_of(client)
    assert page_of(client, "/benchmarks").count('badge-demo"') == 2
    assert "invented data of the demonstration" in client.get("/models/acme/lantern/llms.txt").content.decode()


def test_held_entries_stay_unseen(client):
    model, competition = make_model(), make_competition()
    make_endpoint(model)
    Entry.objects.filter(pk=make_entry(model, competition).pk).update(status="held")
    assert "/images/" not in page_of(client, "/gallery")


def test_the_list_orders_by_the_rating_of_one_board(client):
    first, second = make_model("lantern"), make_model("torch")
    board = make_board()
    make_standing(first, board, 1000.0)
    Standing.objects.create(
        snapshot=board.snapshots.get(), model=second, position=2, rating=1200.0, wins=1, losses=0, ties=0, both_bad=0
    )
    names = [model.name for model in client.get("/models").context["models"]]
    assert names == ["Torch", "Lantern"]
    assert [model.rating for model in client.get("/models?mode=image-edit").context["models"]] == []
