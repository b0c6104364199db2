"""The code a model's page prints, run as it stands: a key is set, a picture lies beside it, nothing else changes."""

import html
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from PIL import Image

from tests.proof.conftest import ROOT, Demo

SDKS = ROOT / ".venv-sdks"
PAGE = "/models/alibaba/z-image-turbo/api"
MODES = ("text-to-image", "image-edit")
KEY = "YOUR_API_KEY"


@pytest.fixture(scope="module")
def key(demo_stack: Demo) -> str:
    """A key of the running demo, with a dollar to spend."""
    return demo_stack.command("create_api_key", "examples", "--budget", "1").splitlines()[-1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the reader's own picture lies."""
    Image.effect_noise((256, 256), 60).convert("RGB").save(tmp_path / "source.png")
    return tmp_path


def printed(demo: str, mode: str, language: str) -> str:
    with urlopen(demo + PAGE) as answer:
        page = answer.read().decode()
    found = re.search(rf'<code id="code-{mode}-{language}">(.*?)</code>', page, re.DOTALL)
    assert found, f"{PAGE} prints no {language} for {mode}"
    return html.unescape(found[1])


def run(argv: list[str], folder: Path, **environ: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_PROXY": "127.0.0.1", **environ}
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def is_picture(address: str) -> bool:
    with urlopen(address.strip()) as answer:
        return bytes(answer.read(4)) == b"\x89PNG"


@pytest.mark.parametrize("mode", MODES)
def test_curl(demo: str, key: str, folder: Path, mode: str) -> None:
    said = run(["bash", "-c", printed(demo, mode, "curl")], folder, LUMENBOARD_API_KEY=key)
    found = re.search(r'"url": ?"([^"]+)"', said)
    assert found, said
    assert is_picture(found[1])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.skipif(not (SDKS / "current" / ".ready").exists(), reason="the SDK is not installed: make proof")
def test_python(demo: str, key: str, folder: Path, mode: str) -> None:
    code = printed(demo, mode, "python").replace(KEY, key)
    assert is_picture(run([sys.executable, "-S", "-c", code], folder, PYTHONPATH=str(SDKS / "current")))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.skipif(
    not (SDKS / "node" / "node_modules").exists() or not shutil.which("node"), reason="node and its SDK are not there"
)
def test_javascript(demo: str, key: str, folder: Path, mode: str) -> None:
    (folder / "node_modules").symlink_to(SDKS / "node" / "node_modules")
    (folder / "example.mjs").write_text(printed(demo, mode, "javascript").replace(KEY, key))
    assert is_picture(run(["node", "example.mjs"], folder))
