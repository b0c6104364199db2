from pathlib import Path

import pytest

from lumenboard.embedded.prepare import digest_of_inputs


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in (
        "static/css/site.css",
        "lumenboard/settings/__init__.py",
        "lumenboard/static_finders.py",
        "requirements.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["static/css/site.css", "static/js/new.js", "lumenboard/settings/__init__.py", "requirements.txt"]
)
def test_a_change_of_an_input_changes_the_digest(checkout: Path, name: str) -> None:
    before = digest_of_inputs(checkout)
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("changed")
    assert digest_of_inputs(checkout) != before


def test_a_renamed_file_changes_the_digest(checkout: Path) -> None:
    before = digest_of_inputs(checkout)
    (checkout / "static/css/site.css").rename(checkout / "static/css/page.css")
    assert digest_of_inputs(checkout) != before


def test_new_times_and_other_files_change_nothing(checkout: Path) -> None:
    before = digest_of_inputs(checkout)
    (checkout / "static/css/site.css").touch()
    (checkout / "README.md").write_text("words")
    assert digest_of_inputs(checkout) == before
