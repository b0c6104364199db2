"""Home, leaderboards, boards, competitions, search, pictures and health, as a visitor asks for them."""

from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from arena.boards.findings import complete_changed_boards
from arena.boards.recompute import recompute_changed_boards
from arena.images.handover import store_image
from arena.images.imaging import encode
from arena.models import Board, Category, Competition, Vote
from providers.models import ImageModel
from tests.arena.factories import import_text, make_competition, make_entry, make_model, make_votes

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


def make_board_world(models: int = 4) -> tuple[Competition, list[ImageModel]]:
    """A competition in a category whose first model beats every other."""
    competition = make_competition("Tin robots", prompt="Two tin robots playing chess")
    competition.categories.add(Category.objects.create(slug="toys", name="Toys", mode="text-to-image"))
    entrants = [make_model(f"Model {letter}") for letter in "ABCDEFGH"[:models]]
    make_votes(competition, *[(entrants[0], other, "left", 9) for other in entrants[1:]])
    recompute_changed_boards()
    return competition, entrants


def get(path: str, **headers: str) -> str:
    response = Client().get(path, headers=headers)
    assert response.status_code == 200, path
    return response.content.decode()


def test_an_empty_site_says_what_to_do() -> None:
    assert "import_votes" in get("/")
    assert "No boards yet" in get("/leaderboards")


def test_home_names_the_leader_and_the_closest_race() -> None:
    make_board_world()
    page = get("/")
    assert "Text to image: as of" in page
    assert "Model A is rated highest" in page
    assert "Tin robots" in page


def test_home_says_when_it_shows_a_demo_world() -> None:
    make_board_world()
    assert "A demo world" not in get("/")
    ImageModel.objects.update(is_demo=True)
    assert "A demo world" in get("/")


def test_a_board_shows_record_rank_and_method() -> None:
    make_board_world()
    page = get("/leaderboards/category-toys-text-to-image")
    assert "27W / 0L / 0T" in page
    assert "SHA-256" in page
    assert "the virtual game decides" in page


def test_an_unconnected_model_stands_apart() -> None:
    competition, _ = make_board_world()
    lonely = [make_model("Lonely"), make_model("Only")]
    make_votes(competition, (lonely[0], lonely[1], "left", 5))
    recompute_changed_boards()
    page = get(f"/leaderboards/competition-{competition.public_id}")
    assert "Not yet comparable" in page
    assert "Lonely" in page


def test_an_imported_competition_lists_its_entrants_without_pictures() -> None:
    import_text("left,right,winner\n" + "Old,New,right\n" * 5, title="Bench")
    page = get(Competition.objects.get().get_absolute_url())
    assert "their images are not here" in page
    assert "5W / 0L / 0T" in page


def test_a_competition_shows_its_votes_by_day_once_they_were_counted() -> None:
    competition, _ = make_board_world()
    assert "plotly" not in get(competition.get_absolute_url())
    Vote.objects.update(cast_at=timezone.now())
    complete_changed_boards()
    page = get(competition.get_absolute_url())
    assert "plotly" in page
    assert "votes" in page.lower()


def test_a_competition_shows_its_pictures_in_board_order() -> None:
    competition, models = make_board_world(3)
    for model in models:
        make_entry(competition, model, image=store_image(encode(Image.new("RGB", (40, 30), (model.id % 255, 2, 3)))))
    page = get(competition.get_absolute_url())
    places = [page.index(f"Entry of {model.name}") for model in models]
    assert places == sorted(places)


@pytest.mark.parametrize("path", ["/leaderboards/nothing", "/competitions/nothing", "/images/" + "0" * 64, "/images/x"])
def test_what_does_not_exist_is_404(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_a_picture_is_served_for_ever_in_both_sizes() -> None:
    stored = store_image(encode(Image.new("RGB", (900, 600), "teal")))
    make_entry(make_competition(), make_model(), image=stored)
    for path, longest in ((stored.get_absolute_url(), 900), (stored.thumbnail_url, 384)):
        response = Client().get(path)
        assert max(Image.open(BytesIO(b"".join(response.streaming_content))).size) == longest
        assert "immutable" in response["Cache-Control"]


def test_the_same_picture_is_kept_once() -> None:
    picture = encode(Image.new("RGB", (30, 30), "red"))
    assert store_image(picture) == store_image(picture)


def test_competitions_of_one_title_are_told_apart_by_their_prompts() -> None:
    for prompt in ("A battle-worn paladin", "A glowing sword in a misty forest"):
        competition = make_competition("Fantasy Warrior", prompt=prompt)
        make_votes(competition, *[(make_model(), make_model(), "left", 4)])
    recompute_changed_boards()
    for path in ("/leaderboards", "/leaderboards/mode-text-to-image", "/search?q=fantasy"):
        page = get(path)
        assert "“A battle-worn paladin”" in page, path
        assert "“A glowing sword in a misty forest”" in page, path


def test_search_finds_each_kind_and_answers_htmx_with_a_part() -> None:
    make_board_world()
    page = get("/search?q=tin")
    assert "<html" in page
    assert "Tin robots" in page
    part = get("/search?q=toys", **{"HX-Request": "true"})
    assert "<html" not in part
    assert "/leaderboards/category-toys-text-to-image" in part


@pytest.mark.parametrize("query", ["", "a" * 5000, "'; drop table", "%25_"])
def test_search_takes_anything(query: str) -> None:
    assert Client().get(f"/search?q={query}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/leaderboards", "/search?q=o", "board", "competition", "planner"])
def test_queries_do_not_grow_with_rows(path: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    competition, _ = make_board_world(8)
    for title in ("One", "Two", "Three"):
        other = make_competition(title)
        make_votes(other, (make_model(), make_model(), "left", 5), (make_model(), make_model(), "right", 5))
    recompute_changed_boards()
    paths = {"board": Board.objects.get(kind="mode").get_absolute_url(), "competition": competition.get_absolute_url()}
    paths["planner"] = f"{paths['board']}/planner"
    with django_assert_max_num_queries(MOST_QUERIES):
        get(paths.get(path, path))


def test_pages_carry_a_strict_policy() -> None:
    policy = Client().get("/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
