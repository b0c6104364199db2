"""`python -m bench.newcomer`: seconds from a clone to a first vote on a prompt of one's own, as the README goes.

A fresh clone with an empty home; a browser clicks what a person would, so reading and typing are not in the time.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from tests.proof.stack import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHECKOUT: Final = Path(__file__).resolve().parents[1]
MODELS: Final = ("Aster 3", "Cobalt XL", "Kestrel 2", "Moss 1", "Z-Image Turbo")
PROMPT: Final = "A small lighthouse on a rock at dusk"
PATIENCE_MS: Final = 120_000
Mark = Callable[[str], None]


def main() -> int:
    """Prints each step with the seconds since the start of the clone."""
    started = time.monotonic()

    def mark(step: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:6.1f} s  {step}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="lumenboard-newcomer-") as parent:
        Path(parent).chmod(0o755)
        _take_the_path(Path(parent), free_port(), mark)
    return 0


def _take_the_path(parent: Path, port: int, mark: Mark) -> None:
    clone, home = parent / "lumenboard", parent / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(clone)], check=True)
    mark("cloned")
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "PORT": str(port)}
    demo = subprocess.Popen(
        ["make", "demo"],
        cwd=clone,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert demo.stdout
        password = _password_once_ready(demo.stdout)
        mark("make demo is ready")
        _vote_on_an_own_prompt(f"http://127.0.0.1:{port}", password, mark)
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        # what it still says must not stop it from stopping
        demo.communicate()


def _password_once_ready(output: IO[str]) -> str:
    said = ""
    for line in output:
        said += line
        if line.startswith("ready http"):
            break
    found = re.search(r"name operator, password (\S+)", said)
    if found is None:
        raise RuntimeError(f"make demo printed no account:\n{said}")
    return found[1]


def _vote_on_an_own_prompt(site: str, password: str, mark: Mark) -> None:
    from playwright.sync_api import sync_playwright

    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        _log_in(page, site, password)
        mark("logged in as operator")
        _make_a_competition(page, site)
        mark("a draft with a prompt of one's own")
        _generate(page)
        mark("five pictures of five models")
        _publish_and_vote(page)
        mark("the first vote is counted")
        browser.close()


def _log_in(page: Page, site: str, password: str) -> None:
    page.goto(f"{site}/admin/login/?next=/ops/competitions")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/ops/competitions")


def _make_a_competition(page: Page, site: str) -> None:
    page.get_by_role("link", name="New competition").click()
    page.get_by_label("Title").fill("My first")
    page.get_by_label("Prompt").fill(PROMPT)
    page.get_by_role("button", name="Create the draft").click()
    page.get_by_role("heading", name="My first", level=1).wait_for()


def _generate(page: Page) -> None:
    page.get_by_role("link", name="Generate").first.click()
    for model in MODELS:
        page.get_by_role("checkbox", name=model).first.press("Space")
    page.get_by_role("button", name=re.compile("Generate 5 pictures")).click()
    page.wait_for_url("**/ops/runs/*")
    page.locator(".run-facts", has_text="finished").wait_for()


def _publish_and_vote(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Review .* held")).click()
    page.get_by_role("button", name=re.compile("Publish all")).click()
    page.get_by_role("button", name="Open for votes").click()
    page.get_by_role("link", name="Vote on this prompt").click()
    page.locator("#stage[data-state=open]").wait_for()
    page.keyboard.press("ArrowLeft")
    page.locator("#stage[data-state=voted]").wait_for()


if __name__ == "__main__":
    sys.exit(main())
