"""Every recipe of the documentation runs as it is printed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arena.boards.recompute import recompute_changed_boards
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes
from tests.docs.pages import ROOT

BLOCK = re.compile(r"^## (.+?)\n.*?^```(python|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
RECIPES = BLOCK.findall((ROOT / "docs/recipes.md").read_text())
ORIGIN = "http://127.0.0.1:8000"


def make_site() -> None:
    competitions = [make_competition(f"Tin robots {number}") for number in range(7)]
    first, second, third = (make_model(f"Model {letter}", slug=letter) for letter in "abc")
    make_votes(competitions[0], (first, second, "left", 9), (second, third, "right", 4), (third, first, "tie", 3))
    make_entry(competitions[0], first, image=make_image())
    recompute_changed_boards()


def run(language: str, code: str, directory: Path) -> str:
    command = [sys.executable, "-W", "error", "-c", code] if language == "python" else ["sh", "-eu", "-c", code]
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_PROXY": "*", "HOME": str(directory)}
    done = subprocess.run(command, cwd=directory, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_recipes() -> None:
    assert len(RECIPES) == 5


@pytest.mark.django_db(transaction=True)
def test_every_recipe_runs_as_printed(live_server, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed here")
    make_site()
    said = {title: run(language, code.replace(ORIGIN, live_server.url), tmp_path) for title, language, code in RECIPES}
    assert "Model" in said["pandas: a board with its intervals"]
    assert said["pandas: which side wins"].strip() == "0.6923076923076923"
    assert "model_a" in said["DuckDB: votes joined with entries"]
    assert said["curl: only what changed"].strip() == "304"
    assert len(said["curl: every page of a table"].splitlines()) == 7
