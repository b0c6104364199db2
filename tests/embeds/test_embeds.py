"""Boards on other people's pages: badge, frame, picture, feed, and what programs look for at a site."""

import json
import re
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from arena.boards.recompute import recompute_changed_boards
from arena.models import Snapshot
from lumenboard.pages.embed.badge import Badge, badge_svg
from lumenboard.pages.embed.picture import Picture, Row, draw_png
from lumenboard.templatetags.look import structured_data
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db
BOARD = "mode-text-to-image"


def make_board() -> None:
    competition = make_competition("Tin robots")
    first, second = make_model("Aster <3>", slug="aster"), make_model("Birch", slug="birch")
    make_votes(competition, (first, second, "left", 6))
    recompute_changed_boards()


def get(path: str, **headers: str):
    return Client().get(path, headers=headers)


@given(st.text(max_size=90), st.text(max_size=90), st.sampled_from(["auto", "light", "dark"]))
def test_a_badge_is_always_well_formed(label: str, figure: str, theme: str) -> None:
    root = ElementTree.fromstring(badge_svg(Badge(label, figure, f"{label} {figure}"), theme))
    assert float(root.attrib["width"]) > 0


def test_a_badge_names_the_leader_or_the_model_asked_for() -> None:
    make_board()
    assert "Aster &lt;3&gt; #1 of 2" in get(f"/embed/{BOARD}/badge.svg").content.decode()
    assert "Birch #2 of 2" in get(f"/embed/{BOARD}/badge.svg?model=birch").content.decode()
    assert get(f"/embed/{BOARD}/badge.svg?model=nobody").status_code == 404
    assert "use auto, light, dark" in get(f"/embed/{BOARD}/badge.svg?theme=pink").json()["detail"]


def test_a_badge_names_nobody_among_equals_and_no_rank_of_one() -> None:
    ash, oak, elm = make_model("Ash"), make_model("Oak"), make_model("Elm")
    make_votes(make_competition(), (ash, oak, "tie", 6))
    make_votes(make_competition(mode="image-edit"), (ash, oak, "left", 2), (ash, elm, "left", 2))
    recompute_changed_boards()
    assert "Ash and Oak share the highest rating" in get("/embed/mode-text-to-image/badge.svg").content.decode()
    assert "Ash is the only ranked model" in get("/embed/mode-image-edit/badge.svg").content.decode()


def test_a_badge_that_is_known_is_not_sent_again() -> None:
    make_board()
    first = get(f"/embed/{BOARD}/badge.svg")
    again = get(f"/embed/{BOARD}/badge.svg", if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"


def test_the_frame_may_stand_anywhere_and_other_pages_may_not() -> None:
    make_board()
    frame = get(f"/embed/{BOARD}")
    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame
    assert "<script" not in frame.content.decode()
    page = get(f"/leaderboards/{BOARD}")
    assert page["X-Frame-Options"] == "DENY"


def test_oembed_gives_the_frame_within_what_was_asked() -> None:
    make_board()
    answer = get(f"/oembed?url={settings.SITE_URL}/leaderboards/{BOARD}&maxwidth=300").json()
    assert (answer["type"], answer["width"]) == ("rich", 300)
    assert f'src="{settings.SITE_URL}/embed/{BOARD}"' in answer["html"]


@pytest.mark.parametrize("url", ["", "https://elsewhere.example/leaderboards/x", f"{settings.SITE_URL}/models"])
def test_oembed_says_which_addresses_it_knows(url: str) -> None:
    answer = get(f"/oembed?url={url}")
    assert answer.status_code == 404
    assert "must be the address of a board" in answer.json()["detail"]


def test_the_preview_picture_has_the_size_previews_want() -> None:
    make_board()
    answer = get(f"/embed/{BOARD}/picture.png")
    assert Image.open(BytesIO(answer.content)).size == (1200, 630)


def test_a_picture_with_equal_ratings_and_endless_names_is_drawn() -> None:
    rows = tuple(Row(rank=1, name="N" * 200, rating=1000.0, lower=1000.0, upper=1000.0) for _ in range(9))
    assert draw_png(Picture(site="s", title="T" * 300, lede="", rows=rows)).startswith(b"\x89PNG")


def test_names_are_drawn_in_letters_the_font_has() -> None:
    def drawn(title: str) -> bytes:
        return draw_png(Picture(site="s", title=title, lede="", rows=()))

    assert drawn("Lumière") == drawn("Lumiere")
    assert drawn("Lumière") != drawn("Lumire")


def test_the_feed_says_who_took_first_place_and_why() -> None:
    make_board()
    past = timezone.now() - timedelta(days=2)
    Snapshot.objects.update(computed_at=past)
    competition = make_competition("Glass birds")
    first, second = make_model("Cedar", slug="cedar"), make_model("Dune", slug="dune")
    from providers.models import ImageModel

    aster = ImageModel.objects.get(slug="aster")
    make_votes(competition, (first, aster, "left", 9), (second, aster, "right", 5))
    recompute_changed_boards()
    feed = ElementTree.fromstring(get(f"/leaderboards/{BOARD}/changes.atom").content)
    atom = {"a": "http://www.w3.org/2005/Atom"}
    titles = [entry.findtext("a:title", "", atom) for entry in feed.findall("a:entry", atom)]
    assert titles == ["Now Cedar is rated highest"]


def test_the_sitemap_lists_boards_models_and_chapters_at_our_own_origin() -> None:
    make_board()
    text = get("/sitemap.xml", host="localhost").content.decode()
    for path in (f"/leaderboards/{BOARD}", "/models/atelier/aster", "/docs/methodology"):
        assert f"<loc>{settings.SITE_URL}{path}</loc>" in text
    assert f"{settings.SITE_URL}/sitemap.xml" in get("/robots.txt").content.decode()


def test_structured_data_cannot_end_its_element() -> None:
    make_board()
    page = get(f"/leaderboards/{BOARD}").content.decode()
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert block
    assert [item["name"] for item in json.loads(block[1])["itemListElement"]] == ["Aster <3>", "Birch"]
    assert "<" not in structured_data({"a": "</script>&"}).removeprefix('<script type="application/ld+json">')[:-9]
