"""NAME_FILE: a secret out of a file, for every setting, before anything reads the environment."""

import subprocess
import sys
from pathlib import Path

import pytest

from lumenboard.secret_files import OURS, SecretFileUnusable, read_secret_files
from lumenboard.settings.environment import DECLARED
from tests.embedded.factories import ROOT


def test_a_file_gives_the_setting_its_value_and_its_own_name_goes(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 50 + "\n")
    environ = {"LUMENBOARD_SECRET_KEY_FILE": str(tmp_path / "key"), "LUMENBOARD_SECRET_KEY": " ", "SSL_CERT_FILE": "x"}
    read_secret_files(environ)
    assert environ == {"LUMENBOARD_SECRET_KEY": "k" * 50, "SSL_CERT_FILE": "x"}


def test_an_empty_name_of_a_file_counts_as_unset() -> None:
    environ = {"BROKER_URL_FILE": ""}
    read_secret_files(environ)
    assert environ == {}


def test_keys_of_providers_of_ones_own_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("abc")
    environ = {"LUMENBOARD_KEY_HARBOR_FILE": str(tmp_path / "key")}
    read_secret_files(environ)
    assert environ == {"LUMENBOARD_KEY_HARBOR": "abc"}


@pytest.mark.parametrize("name", sorted(set(DECLARED)))
def test_every_setting_has_a_file_of_its_name(name: str) -> None:
    assert name == "PORT" or OURS.fullmatch(f"{name}_FILE")


@pytest.mark.parametrize(
    ("content", "environ", "message"),
    [
        (b"", {}, "the file is empty"),
        (b"\xff\xfe", {}, "not UTF-8"),
        (b"a\0b", {}, "zero byte"),
        (None, {}, "No such file"),
        (b"abc", {"DATABASE_URL": "postgresql://x/y"}, "and DATABASE_URL are both set"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named(content, environ, message, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "url").write_bytes(content)
    with pytest.raises(SecretFileUnusable, match=f"DATABASE_URL_FILE.*{message}"):
        read_secret_files({"DATABASE_URL_FILE": str(tmp_path / "url"), **environ})


@pytest.mark.parametrize(
    "words", [["manage.py", "check"], ["manage.py", "run"], ["-m", "celery", "-A", "lumenboard", "report"]]
)
def test_every_way_in_says_so_without_a_traceback(words: list[str], tmp_path: Path) -> None:
    environ = {"LUMENBOARD_SECRET_KEY_FILE": str(tmp_path / "none"), "LUMENBOARD_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "LUMENBOARD_SECRET_KEY_FILE" in done.stdout + done.stderr
    assert words[0] == "-m" or "Traceback" not in done.stderr
