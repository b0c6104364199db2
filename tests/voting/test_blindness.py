"""Before the vote nothing that is sent names a model: not the page, not a header, not a picture's address or bytes."""

import re
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from arena.models import Battle, Entry, StoredImage
from providers.models import ImageModel
from tests.voting.factories import Shown, look, make_contest, send

pytestmark = pytest.mark.django_db
BATTLES = 500
# a voter may pass over so many
A_VOTER = 10
ADDRESS = re.compile(r'(?:src|href|action)="([^"]+)"')


def telling_words() -> list[str]:
    words = [*ImageModel.objects.values_list("slug", flat=True), *ImageModel.objects.values_list("name", flat=True)]
    words += ["heronworks", "Heronworks", *Entry.objects.values_list("public_id", flat=True)]
    words += [
        *StoredImage.objects.values_list("sha256", flat=True),
        *StoredImage.objects.values_list("file", flat=True),
    ]
    return words


def pictures_of(client: Client, shown: Shown) -> list:
    return [client.get(f"/battles/{shown.battle}/{side}") for side in "ab"]


def heads(answer) -> str:
    cookies = dict.fromkeys(answer.cookies, "")
    return "\n".join(f"{name}: {value}" for name, value in answer.items()) + str(cookies)


def test_500_battles_tell_nothing_before_the_vote() -> None:
    make_contest(models=10, title="One")
    make_contest(models=10, title="Two", mode="image-edit", source_image=StoredImage.objects.first())
    words, addresses, lengths = telling_words(), set(), {}
    for number in range(BATTLES):
        if number % A_VOTER == 0:
            client = Client()
        answer = client.get("/vote", follow=True)
        html = answer.content.decode()
        battle = re.search(r'data-battle="([0-9a-f-]{36})"', html)[1]
        parts = [html, heads(answer)]
        for side in "ab":
            picture = client.get(f"/battles/{battle}/{side}")
            parts.append(heads(picture))
            lengths.setdefault(re.search(r'class="eyebrow">([^·]+)', html)[1], set()).add(len(picture.content))
        sent = "\n".join(parts)
        assert [word for word in words if word in sent] == []
        addresses.update(re.findall(ADDRESS, html[html.index('id="stage"') : html.index('id="vote-said"')]))
        client.post(f"/battles/{battle}/skip")
    assert Battle.objects.count() == BATTLES
    assert {address for address in addresses if not address.startswith("/battles/")} == set()
    assert [len(found) for found in lengths.values()] == [1, 1]


def test_a_picture_has_no_name_no_validator_and_no_metadata() -> None:
    make_contest()
    client = Client()
    for answer in pictures_of(client, look(client)):
        assert answer.status_code == 200
        assert set(dict(answer.items())) & {"ETag", "Last-Modified", "Content-Disposition", "X-Accel-Redirect"} == set()
        assert answer["Cache-Control"] == "private, max-age=1800"
        assert len(answer.content) % 65536 == 0
        with Image.open(BytesIO(answer.content)) as picture:
            picture.load()
            assert picture.format == "WEBP"
            assert set(picture.info) & {"exif", "xmp", "icc_profile", "comment"} == set()


def test_a_picture_is_for_its_voter_only() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    stranger = Client()
    look(stranger)
    assert Client().get(f"/battles/{shown.battle}/a").status_code == 404
    assert stranger.get(f"/battles/{shown.battle}/a").status_code == 404
    assert client.get(f"/battles/{shown.battle}/c").status_code == 404
    assert stranger.get(f"/battles/{shown.battle}").status_code == 403


def test_the_frame_is_the_same_for_every_picture_of_a_competition() -> None:
    make_contest()
    client = Client()
    sizes = set()
    for _ in range(3):
        shown = look(client)
        sizes.update(re.findall(r'alt="Picture [AB]" width="(\d+)" height="(\d+)"', shown.html))
        send(client, shown, step="skip")
    assert sizes == {("48", "48")}


def test_no_cache_keeps_the_page_and_no_other_site_hears_of_it() -> None:
    make_contest()
    answer = Client().get("/vote", follow=True)
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert "noindex" in answer["X-Robots-Tag"]


def test_names_come_only_after_the_vote_and_the_request_for_them() -> None:
    make_contest()
    client = Client()
    shown = look(client)
    words = telling_words()
    assert send(client, shown, step="reveal").status_code == 409
    voted = client.get(send(client, shown)["Location"]).content.decode()
    assert [word for word in words if word in voted] == []
    named = client.get(send(client, shown, step="reveal")["Location"]).content.decode()
    battle = Battle.objects.get(public_id=shown.battle)
    assert battle.left_model.name in named
    assert battle.right_model.name in named
    assert battle.revealed_at is not None
