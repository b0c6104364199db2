"""Files of the local store are whole or absent, whatever interrupts the writing."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from arena.images.handover import AtomicFileStorage


class BreaksOff(ContentFile):
    """Gives a part of its content, then fails."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"the first half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def store(tmp_path: Path) -> AtomicFileStorage:
    return AtomicFileStorage(location=tmp_path / "media")


def read(kept: AtomicFileStorage, name: str) -> bytes:
    with kept.open(name) as file:
        return file.read()


def files(tmp_path: Path) -> list[str]:
    return sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())


def test_images_are_kept_by_it() -> None:
    assert isinstance(storages["default"], AtomicFileStorage)


def test_a_file_is_kept_under_the_name_it_was_given_and_readable_by_the_web_server(tmp_path: Path) -> None:
    kept = store(tmp_path)
    assert kept.save("images/ab/a.webp", ContentFile(b"bytes")) == "images/ab/a.webp"
    assert read(kept, "images/ab/a.webp") == b"bytes"
    assert stat.S_IMODE((tmp_path / "media/images/ab/a.webp").stat().st_mode) == 0o644
    assert files(tmp_path) == ["media/images/ab/a.webp"]


def test_saving_again_replaces_the_file(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.save("a.webp", ContentFile(b"old and longer"))
    with kept.open("a.webp") as reader:
        assert kept.save("a.webp", ContentFile(b"new")) == "a.webp"
        assert reader.read() == b"old and longer"
    assert read(kept, "a.webp") == b"new"
    assert files(tmp_path) == ["media/a.webp"]


def test_a_write_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        store(tmp_path).save("images/a.webp", BreaksOff(b""))
    assert files(tmp_path) == []


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.save("a.webp", ContentFile(b"old"))
    with pytest.raises(OSError, match="No space left"):
        kept.save("a.webp", BreaksOff(b""))
    assert read(kept, "a.webp") == b"old"
    assert files(tmp_path) == ["media/a.webp"]


def test_no_name_leads_out_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(SuspiciousFileOperation):
        store(tmp_path).save("../a.webp", ContentFile(b"bytes"))
