import os
import subprocess
import sys

import pytest

from lumenboard.embedded.command_line import needs_stores
from lumenboard.embedded.layout import Layout, StackError
from lumenboard.embedded.supervisor import port_from
from tests.embedded.factories import ROOT

COUNT = "from arena.models import Competition; Competition.objects.count()"


def manage(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environ, check=False)


@pytest.mark.parametrize("words", ["migrate", "shell", "check --database default", "makemigrations", "some_command x"])
def test_commands_on_data_need_the_stores(words: str) -> None:
    assert needs_stores(words.split())


@pytest.mark.parametrize(
    "words", ["", "help", "help migrate", "migrate --help", "check", "collectstatic", "makemigrations --check"]
)
def test_commands_on_files_do_not(words: str) -> None:
    assert not needs_stores(words.split())


def test_an_unknown_option_of_the_stack_is_refused() -> None:
    answer = manage("run", "--port", "9")
    assert answer.returncode == 2
    assert answer.stderr.startswith("usage: manage.py run [--with-parent]")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a"])
def test_a_bad_port_is_refused_by_name(port: str) -> None:
    with pytest.raises(StackError, match=f"PORT='{port}' is not usable: allowed is a whole number from 1 to 65535"):
        port_from({"PORT": port})


def test_the_port_is_8000_unless_chosen() -> None:
    assert (port_from({}), port_from({"PORT": ""}), port_from({"PORT": "9001"})) == (8000, 8000, 9001)


@pytest.mark.parametrize("command", ["migrate", "run", "check"])
def test_an_unusable_data_directory_is_reported_without_a_traceback(command: str) -> None:
    answer = manage(command, LUMENBOARD_DATA_DIR=str(ROOT / "manage.py"))
    assert answer.returncode == 1
    assert "manage.py is not a directory" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_bad_setting_is_reported_without_a_traceback() -> None:
    answer = manage("check", LUMENBOARD_DEBUG="perhaps")
    assert answer.returncode == 1
    assert answer.stderr.startswith("lumenboard: LUMENBOARD_DEBUG='perhaps' is not usable")
    assert "Traceback" not in answer.stderr


def test_a_command_on_empty_stores_says_so_and_names_them(layout: Layout) -> None:
    answer = manage("shell", "-c", COUNT, LUMENBOARD_DATA_DIR=str(layout.data_dir), PATH=os.environ["PATH"])
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"lumenboard: these stores are empty: no table is in {layout.data_dir}.\n")
    assert "Traceback" not in answer.stderr
