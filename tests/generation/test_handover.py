"""Workers on other data directories hand their files over; what is written at home stays where it is."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from arena.images import handover
from arena.images.handover import HandedOverStorage, bring_home, is_home, make_home
from arena.models import FileInTransit, ImageHome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ImageHome.objects.all().delete()


@pytest.fixture
def home(tmp_path: Path) -> HandedOverStorage:
    make_home(tmp_path / "home")
    return HandedOverStorage(location=tmp_path / "home")


@pytest.fixture
def away(tmp_path: Path) -> HandedOverStorage:
    return HandedOverStorage(location=tmp_path / "away")


def read(store: HandedOverStorage, name: str) -> bytes:
    with store.open(name, "rb") as file:
        return file.read()


def test_what_is_written_at_home_is_not_handed_over(home: HandedOverStorage) -> None:
    home.save("images/a.webp", ContentFile(b"a"))
    assert not FileInTransit.objects.exists()
    assert read(home, "images/a.webp") == b"a"


def test_what_is_written_elsewhere_is_read_at_home_at_once_and_brought_there(
    home: HandedOverStorage, away: HandedOverStorage
) -> None:
    away.save("images/b.webp", ContentFile(b"b"))
    assert home.exists("images/b.webp")
    assert read(home, "images/b.webp") == b"b"
    assert bring_home(away) == 0, "only home takes files in"
    assert bring_home(home) == 1
    assert not FileInTransit.objects.exists()
    assert (Path(home.location) / "images/b.webp").read_bytes() == b"b"
    assert read(away, "images/b.webp") == b"b", "and stays where it was written"


def test_a_deleted_file_is_deleted_in_transit_too(home: HandedOverStorage, away: HandedOverStorage) -> None:
    away.save("images/c.webp", ContentFile(b"c"))
    home.delete("images/c.webp")
    assert not FileInTransit.objects.exists()
    with pytest.raises(FileNotFoundError):
        read(home, "images/c.webp")


def test_the_first_who_writes_on_a_fresh_site_is_at_home(away: HandedOverStorage) -> None:
    away.save("images/d.webp", ContentFile(b"d"))
    assert not FileInTransit.objects.exists()
    assert is_home(Path(away.location))


def test_a_moved_directory_is_still_home_and_a_lost_one_is_replaced(home: HandedOverStorage, tmp_path: Path) -> None:
    home.save("images/e.webp", ContentFile(b"e"))
    Path(home.location).rename(tmp_path / "moved")
    handover._HOMES.clear()
    assert is_home(tmp_path / "moved")
    make_home(tmp_path / "new")
    assert not is_home(tmp_path / "new"), "without being told to, nobody takes it over"
    make_home(tmp_path / "new", again=True)
    assert is_home(tmp_path / "new")
