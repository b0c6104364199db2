"""What an operator does to a competition at /ops: upload, edit, close, merge."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from arena.models import Board, Category, Competition, Entry
from tests.arena.factories import make_competition, make_model, make_staff, make_votes
from tests.intake.files import make_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client, settings, tmp_path) -> Client:
    settings.MEDIA_ROOT = tmp_path
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def page_of(competition: Competition, step: str) -> str:
    return f"/ops/competitions/{competition.public_id}/{step}"


def picture(content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", content or make_file(), "image/png")


def test_an_uploaded_picture_is_an_entry_people_can_vote_on(operator: Client) -> None:
    competition, model = make_competition(), make_model(modes=["text-to-image"])
    assert operator.get(page_of(competition, "upload")).status_code == 200
    sent = {"model": model.pk, "upload": picture(), "show": "on"}
    assert operator.post(page_of(competition, "upload"), sent).status_code == 303
    entry = Entry.objects.get()
    assert (entry.competition, entry.model, entry.status, entry.image.width_px) == (competition, model, "live", 64)
    operator.post(page_of(competition, "upload"), {"model": model.pk, "upload": picture()})
    assert Entry.objects.latest("id").status == "held"


def test_what_is_no_image_is_refused_beside_the_field(operator: Client) -> None:
    competition, model = make_competition(), make_model(modes=["text-to-image"])
    answer = operator.post(page_of(competition, "upload"), {"model": model.pk, "upload": picture(b"<svg/>")})
    assert answer.status_code == 400
    assert "not a PNG, JPEG, WebP, AVIF, HEIC, TIFF or GIF" in answer.content.decode()
    stranger = make_model(modes=["image-edit"])
    assert operator.post(page_of(competition, "upload"), {"model": stranger.pk, "upload": picture()}).status_code == 400
    assert Entry.objects.count() == 0


def test_categories_change_and_their_boards_follow(operator: Client) -> None:
    competition, (a, b) = make_competition(), (make_model(), make_model())
    make_votes(competition, (a, b, "left", 5))
    category = Category.objects.create(slug="logo", name="Logo", mode="text-to-image")
    sent = {"title": "Foxes", "prompt": "changed", "categories": [category.pk]}
    assert operator.post(page_of(competition, "edit"), sent).status_code == 303
    competition.refresh_from_db()
    # the prompt stays, for there are entries
    assert (competition.title, competition.prompt, list(competition.categories.all())) == ("Foxes", "", [category])
    assert Board.objects.get(category=category).snapshots.filter(is_current=True, votes=5).exists()
    assert operator.post(page_of(competition, "edit"), {"title": "", "prompt": ""}).status_code == 400


def test_the_source_picture_of_an_edit_is_taken_while_it_has_no_entries(operator: Client) -> None:
    competition = make_competition(mode="image-edit", status="draft")
    operator.post(page_of(competition, "edit"), {"title": "Bald man", "prompt": "Remove hair", "upload": picture()})
    competition.refresh_from_db()
    assert competition.source_image.width_px == 64
    assert competition.prompt == "Remove hair"


def test_a_competition_is_closed_and_merged_into_its_twin(operator: Client, django_capture_on_commit_callbacks) -> None:
    one, two, (a, b) = make_competition(), make_competition(), (make_model(), make_model())
    make_votes(one, (a, b, "left", 5))
    make_votes(two, (a, b, "right", 5))
    assert str(two.public_id) not in operator.get(page_of(one, "merge")).content.decode()
    assert operator.post(page_of(two, "close")).status_code == 303
    Competition.objects.filter(pk=two.pk).update(prompt="x")
    Competition.objects.filter(pk=one.pk).update(prompt="y")
    refused = operator.post(page_of(one, "merge"), {"gone": two.pk})
    assert "Not merged: prompt" in refused.content.decode()
    Competition.objects.update(prompt="x")
    with django_capture_on_commit_callbacks(execute=True):
        assert operator.post(page_of(one, "merge"), {"gone": two.pk}).status_code == 303
    assert list(Competition.objects.all()) == [one]
    assert Board.objects.get(competition=one).snapshots.filter(is_current=True, votes=10).exists()


@pytest.mark.parametrize("step", ["upload", "edit", "close", "merge"])
def test_staff_without_the_permission_is_refused_and_others_are_led_to_the_log_in(client: Client, step: str) -> None:
    competition = make_competition()
    assert client.post(page_of(competition, step)).status_code == 302
    client.force_login(make_staff())
    assert client.post(page_of(competition, step)).status_code == 403
