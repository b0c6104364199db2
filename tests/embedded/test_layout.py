import os
import stat
from pathlib import Path

import pytest

from lumenboard.embedded.layout import (
    CHECKOUT,
    LONGEST_SOCKET_PATH,
    NOBODY_UID,
    ROOT_DATA,
    Layout,
    LayoutError,
    current_layout,
    reachable_by,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="speaks of what root does")


def test_data_lies_in_the_checkout_unless_told_otherwise() -> None:
    wanted = CHECKOUT / "var"
    moved = os.geteuid() == 0 and not reachable_by(NOBODY_UID, wanted)
    assert (current_layout({}).data_dir == wanted) is not moved


def test_the_environment_chooses_the_data_directory(layout: Layout) -> None:
    assert current_layout({"LUMENBOARD_DATA_DIR": f" {layout.data_dir} "}) == layout


def test_a_relative_choice_is_meant_from_here(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(layout.data_dir.parent)
    assert current_layout({"LUMENBOARD_DATA_DIR": "data"}) == layout


def test_a_file_is_refused_as_data_directory_by_name(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(LayoutError, match=r"LUMENBOARD_DATA_DIR: .*file is not a directory"):
        current_layout({"LUMENBOARD_DATA_DIR": str(file)})


@as_root
def test_root_data_that_nobody_cannot_reach_goes_to_a_directory_of_its_own(layout: Layout) -> None:
    closed = layout.data_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    chosen = [current_layout({"LUMENBOARD_DATA_DIR": str(closed / name)}).data_dir for name in ("a", "b", "a")]
    assert {place.parent for place in chosen} == {ROOT_DATA}
    assert chosen[0] == chosen[2] != chosen[1]


def test_reach_ends_at_the_first_closed_directory(layout: Layout) -> None:
    inner = layout.data_dir / "inner"
    layout.data_dir.mkdir(mode=0o711)
    assert reachable_by(NOBODY_UID, inner)
    layout.data_dir.chmod(0o700)
    assert not reachable_by(NOBODY_UID, inner)


def test_a_narrow_umask_does_not_close_what_root_makes(layout: Layout) -> None:
    deep = Layout(layout.data_dir / "deep" / "deeper")
    previous = os.umask(0o077)
    try:
        deep.make_data_dir()
    finally:
        os.umask(previous)
    assert reachable_by(NOBODY_UID, deep.data_dir) == (os.geteuid() == 0)


def test_existing_directories_keep_their_mode(layout: Layout) -> None:
    layout.data_dir.mkdir(mode=0o700)
    layout.make_data_dir()
    assert stat.S_IMODE(layout.data_dir.stat().st_mode) == 0o700


def test_sockets_lie_in_the_data_directory() -> None:
    assert Layout(Path("/srv/lumenboard")).database_socket == Path("/srv/lumenboard/run/.s.PGSQL.5432")


@pytest.mark.parametrize("length", [80, 90, 100, 300])
def test_no_socket_path_is_too_long(length: int) -> None:
    layout = Layout(Path("/srv") / ("x" * length))
    assert len(os.fsencode(layout.database_socket)) <= LONGEST_SOCKET_PATH
    assert len(os.fsencode(layout.broker_socket)) <= LONGEST_SOCKET_PATH


def test_long_paths_get_different_socket_directories() -> None:
    assert Layout(Path("/srv") / ("x" * 100)).run_dir != Layout(Path("/srv") / ("y" * 100)).run_dir


def test_addresses_escape_the_path() -> None:
    layout = Layout(Path("/srv/my data"))
    assert layout.database_url == "postgresql://lumenboard@/lumenboard?host=%2Fsrv%2Fmy%20data%2Frun"
    assert layout.broker_url == "redis+socket:///srv/my%20data/run/valkey.sock?virtual_host=0"


def test_the_secret_key_is_made_once_and_is_private(layout: Layout) -> None:
    first = layout.secret_key()
    assert len(first) >= 50
    assert layout.secret_key() == first
    assert stat.S_IMODE(layout.secret_key_file.stat().st_mode) == 0o600
    assert [path.name for path in layout.data_dir.iterdir()] == ["secret_key"]


def test_an_unusable_data_directory_is_named(layout: Layout) -> None:
    blocked = Layout(layout.data_dir.parent / "file" / "data")
    blocked.data_dir.parent.touch()
    with pytest.raises(LayoutError, match=r"file/data cannot be used for data: .*; set LUMENBOARD_DATA_DIR"):
        blocked.make_data_dir()
