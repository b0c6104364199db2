"""The operator's forms take images, and say beside the field what is wrong with one."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from arena.models import Competition, Entry, StoredImage
from tests.arena.factories import make_competition, make_entry, make_model
from tests.intake.files import make_bomb, make_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client, settings, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = tmp_path
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def upload(content: bytes, name: str = "picture.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def competition_form(**fields) -> dict[str, object]:
    return {
        "title": "A red fox",
        "mode": "image-edit",
        "status": "open",
        "visibility": "public",
        "prompt": "Make it night",
        "entries-TOTAL_FORMS": 0,
        "entries-INITIAL_FORMS": 0,
        **fields,
    }


def entry_form(competition: Competition, **fields) -> dict[str, object]:
    model = make_model()
    return {"competition": competition.pk, "model": model.pk, "parameters": "{}", "status": "live", **fields}


def errors_of(answer) -> list[str]:
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors.get("upload", [])


def test_a_source_image_is_uploaded_with_its_competition(operator: Client) -> None:
    answer = operator.post(reverse("admin:arena_competition_add"), competition_form(upload=upload(make_file())))
    assert answer.status_code == 302
    source = Competition.objects.get().source_image
    assert (source.width_px, source.height_px) == (64, 48)
    shown = operator.get(source.get_absolute_url())
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert b"".join(shown.streaming_content).startswith(b"RIFF")


def test_an_entry_is_uploaded_alone(operator: Client) -> None:
    form = entry_form(make_competition(), upload=upload(make_file("JPEG")))
    assert operator.post(reverse("admin:arena_entry_add"), form).status_code == 302
    assert Entry.objects.get().image == StoredImage.objects.get()


def test_entries_are_uploaded_inside_their_competition(operator: Client) -> None:
    first, second = make_model(), make_model()
    rows = {
        "entries-TOTAL_FORMS": 2,
        "entries-0-model": first.pk,
        "entries-0-status": "live",
        "entries-0-upload": upload(make_file(colour="red")),
        "entries-1-model": second.pk,
        "entries-1-status": "live",
        "entries-1-upload": upload(make_file(colour="blue")),
    }
    answer = operator.post(reverse("admin:arena_competition_add"), competition_form(**rows))
    assert answer.status_code == 302
    assert Entry.objects.exclude(image=None).values("image").distinct().count() == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html>", "The file is not a PNG, JPEG, WebP, AVIF, HEIC, TIFF or GIF image."),
        (make_bomb(13_000, 13_000), "The image has too many pixels"),
        (make_file()[:60], "The image is cut off: its end is missing."),
        (b"", "The submitted file is empty."),
    ],
)
def test_a_refused_image_is_told_beside_its_field_and_nothing_is_kept(
    content: bytes, told: str, operator: Client
) -> None:
    answer = operator.post(reverse("admin:arena_entry_add"), entry_form(make_competition(), upload=upload(content)))
    assert errors_of(answer)[0].startswith(told)
    assert (Entry.objects.count(), StoredImage.objects.count()) == (0, 0)


def test_a_file_above_the_limit_is_told_beside_its_field(operator: Client, settings) -> None:
    settings.MAX_UPLOAD_BYTES = 2**20
    form = entry_form(make_competition(), upload=upload(bytes(2 * 2**20)))
    assert errors_of(operator.post(reverse("admin:arena_entry_add"), form)) == [
        "The file is too large: allowed are 1 MB."
    ]


def test_a_disk_that_fails_is_told_beside_the_field(operator: Client, tmp_path: Path) -> None:
    (tmp_path / "images").write_text("in the way")
    form = entry_form(make_competition(), upload=upload(make_file()))
    assert errors_of(operator.post(reverse("admin:arena_entry_add"), form))[0].startswith(
        "The image could not be stored:"
    )
    assert StoredImage.objects.count() == 0


def test_a_second_imageless_entry_becomes_possible_by_its_upload(operator: Client) -> None:
    imageless = make_entry(make_competition(), make_model())
    form = entry_form(imageless.competition, model=imageless.model.pk, upload=upload(make_file()))
    assert operator.post(reverse("admin:arena_entry_add"), form).status_code == 302
    assert imageless.model.entries.count() == 2


def test_an_image_that_was_voted_on_is_not_replaced(operator: Client) -> None:
    form = entry_form(make_competition(), upload=upload(make_file()))
    operator.post(reverse("admin:arena_entry_add"), form)
    Entry.objects.update(wins=1)
    entry = Entry.objects.get()
    changed = entry_form(entry.competition, upload=upload(make_file(colour="red")))
    answer = operator.post(reverse("admin:arena_entry_change", args=[entry.pk]), changed)
    assert errors_of(answer) == ["People have voted on the image it has; retire it and add another entry."]


def test_who_may_only_look_sees_the_forms(client: Client) -> None:
    viewer = User.objects.create_user("viewer", password="a long secret", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=["view_competition", "view_entry"]))
    client.force_login(viewer)
    entry = make_entry(make_competition(), make_model())
    for name, row in (("competition", entry.competition), ("entry", entry)):
        assert client.get(reverse(f"admin:arena_{name}_change", args=[row.pk])).status_code == 200
