"""What is stored is held against its rows, and what belongs to nobody goes once it is old."""

import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.utils import timezone
from PIL import Image

from arena.images import handover
from arena.images.handover import KEY, store_image
from arena.images.imaging import encode
from arena.images.sweep_images import ImagesBusy, sweep_images
from arena.models import StoredImage
from tests.arena.factories import make_competition, make_entry, make_model

pytestmark = pytest.mark.django_db
HOURS = 3600


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    handover._HOMES.add(tmp_path)
    return tmp_path


def make_stored(colour: str = "teal", age_hours: int = 0) -> StoredImage:
    stored = store_image(encode(Image.new("RGB", (40, 30), colour)))
    StoredImage.objects.filter(pk=stored.pk).update(created_at=timezone.now() - timedelta(hours=age_hours))
    for name in (stored.file.name, stored.thumbnail.name):
        age(name, age_hours)
    return stored


def age(name: str, hours: int) -> None:
    then = time.time() - hours * HOURS
    os.utime(Path(settings.MEDIA_ROOT) / name, (then, then))


def verify() -> str:
    told = StringIO()
    try:
        call_command("verify_images", stdout=told)
    except CommandError as error:
        return f"{told.getvalue()}{error}"
    return told.getvalue()


def names(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def test_a_picture_is_stored_once_under_its_hash() -> None:
    first, second = make_stored(), make_stored()
    assert first == second
    assert first.file.name == f"images/{first.sha256[:2]}/{first.sha256}.webp"
    assert len(names(Path(settings.MEDIA_ROOT))) == 2
    assert first.size_bytes == default_storage.size(first.file.name)


def test_nothing_is_written_where_the_disk_fails(media: Path) -> None:
    (media / "images").write_text("in the way")
    with pytest.raises(OSError, match="images"), transaction.atomic():
        make_stored()
    assert StoredImage.objects.count() == 0


def test_sound_images_are_called_sound() -> None:
    make_stored("teal")
    make_stored("plum")
    assert verify() == "2 images are as their rows say.\n"


def test_each_fault_is_named_with_its_image(media: Path) -> None:
    gone, changed, bare, short, empty = (make_stored(colour) for colour in ("red", "green", "blue", "gold", "plum"))
    (media / gone.file.name).unlink()
    (media / changed.file.name).write_bytes(b"something else")
    (media / bare.thumbnail.name).unlink()
    StoredImage.objects.filter(pk=short.pk).update(size_bytes=1)
    (media / empty.thumbnail.name).write_bytes(b"")
    told = verify()
    assert f"{gone.sha256}: {gone.file.name} is missing\n" in told
    assert f"{changed.sha256}: {changed.file.name} holds 14 bytes with the SHA-256 " in told
    assert f"{bare.sha256}: {bare.thumbnail.name} is missing\n" in told
    assert f"{short.sha256}: {short.file.name} has {short.size_bytes} bytes, its row says 1\n" in told
    assert f"{empty.sha256}: {empty.thumbnail.name} is not a WebP file\n" in told
    assert told.endswith("5 faults in 5 images.")


def test_storing_a_picture_again_mends_its_file(media: Path) -> None:
    image = make_stored()
    (media / image.file.name).write_bytes(b"rot")
    assert "1 faults" in verify()
    make_stored()
    assert verify() == "1 images are as their rows say.\n"


def test_a_sweep_takes_what_is_old_and_belongs_to_nobody(media: Path) -> None:
    entered, source, young, old = (
        make_stored(colour, age_hours) for colour, age_hours in (("red", 2), ("green", 2), ("blue", 0), ("gold", 2))
    )
    make_entry(make_competition(source_image=source), make_model(), image=entered)
    for name, hours in (("images/ab/orphan.webp", 2), ("images/ab/.x.part", 2), ("images/ab/fresh.webp", 0)):
        age(default_storage.save(name, ContentFile(b"bytes")), hours)
    kept = {name for image in (entered, source, young) for name in (image.file.name, image.thumbnail.name)}

    planned = sweep_images(dry_run=True)
    assert planned.images == (old.sha256,)
    assert set(planned.files) == {"images/ab/orphan.webp", "images/ab/.x.part"}
    assert StoredImage.objects.count() == 4

    assert sweep_images() == planned
    assert set(StoredImage.objects.all()) == {entered, source, young}
    assert names(media) == kept | {"images/ab/fresh.webp"}
    assert (sweep_images().images, sweep_images().files) == ((), ())


def test_a_sweep_of_an_empty_store_finds_nothing() -> None:
    told = StringIO()
    call_command("sweep_images", stdout=told)
    assert told.getvalue() == "0 images that nothing showed and 0 files deleted.\n"


def test_the_command_lists_what_it_would_delete(media: Path) -> None:
    old = make_stored("gold", 2)
    told = StringIO()
    call_command("sweep_images", "--dry-run", stdout=told)
    assert told.getvalue() == (f"image {old.sha256}\n1 images that nothing showed and 0 files would be deleted.\n")
    assert len(names(media)) == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_is_swept_while_an_image_is_being_stored(media: Path) -> None:
    old = make_stored("gold", 2)
    storing = connections.create_connection("default")
    try:
        with storing.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [KEY])
            with pytest.raises(ImagesBusy):
                sweep_images()
            cursor.execute("COMMIT")
    finally:
        storing.close()
    assert len(names(media)) == 2
    assert sweep_images().images == (old.sha256,)
