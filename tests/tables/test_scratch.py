"""Files that an answer is made in lie beside the data, leave room there, and are gone afterwards."""

import errno
import os
import tempfile
import threading
import time
from pathlib import Path

import pytest

from lumenboard.api.tables.resources import TABLES
from lumenboard.api.tables.streaming import FORMATS
from lumenboard.api.tables.table import read_query
from lumenboard.serving.refusals import Refused
from lumenboard.serving.streams import make_spool
from providers.scratch import NoRoom, require_room, scratch, scratch_dir, write_watched
from tests.arena.factories import make_votes
from tests.voting.factories import make_contest

pytestmark = pytest.mark.django_db
MORE_THAN_ANY_DISK = 2**60


def parquet() -> object:
    (votes,) = (table for table in TABLES if table.name == "votes")
    return FORMATS["parquet"].write(read_query(votes, {"format": "parquet"}, FORMATS))


def left() -> set[Path]:
    return set(scratch_dir().iterdir())


def make_some_votes() -> None:
    competition, models = make_contest()
    make_votes(competition, (models[0], models[1], "left", 3))


def test_parquet_is_made_beside_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_some_votes()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    spool = make_spool(parquet(), scratch_dir(), threading.Event())
    assert spool.content[:4] == spool.content[-4:] == b"PAR1"
    assert left() == set()


def test_without_room_it_is_503_and_nothing_is_left(settings, tmp_path: Path) -> None:
    make_some_votes()
    settings.LEAST_FREE_BYTES = MORE_THAN_ANY_DISK
    with pytest.raises(Refused) as refused:
        make_spool(parquet(), tmp_path, threading.Event())
    assert refused.value.status == 503
    assert refused.value.retry_after_s == 5
    assert left() == set()


def test_room_that_ends_while_a_file_is_written_ends_it(settings) -> None:
    def pieces():
        settings.LEAST_FREE_BYTES = MORE_THAN_ANY_DISK
        yield b"x" * (9 << 20)
        pytest.fail("asked for more")

    with scratch() as place, (place / "rows").open("wb") as file, pytest.raises(NoRoom) as found:
        write_watched(pieces(), file, place)
    assert found.value.errno == errno.ENOSPC
    assert left() == set()


def test_what_a_killed_process_left_goes_after_an_hour() -> None:
    old, young, other = (scratch_dir() / name for name in ("made-old", "made-young", "kept"))
    for place in (old, young, other):
        place.mkdir()
        (place / "rows.ndjson").write_text("x")
    os.utime(old, (time.time() - 3700,) * 2)
    os.utime(other, (time.time() - 3700,) * 2)
    with scratch():
        assert left() >= {young, other}
        assert old not in left()
    for place in (young, other):
        (place / "rows.ndjson").unlink()
        place.rmdir()


def test_a_disk_with_room_is_no_trouble(settings) -> None:
    settings.LEAST_FREE_BYTES = 0
    require_room(scratch_dir())
