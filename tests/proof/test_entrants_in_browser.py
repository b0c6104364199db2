"""Pictures dropped on the page in a real browser: sent in pieces, looked at, refused by name, applied, undone."""

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.entrants.factories import make_zip, picture
from tests.proof.conftest import Demo
from tests.proof.page_checks import PHONE, WIDE, scrolls_sideways, serious_violations
from tests.proof.test_ops_in_browser import sign_in

PROMPTS = "bulk-fox | A red fox that was dropped\nbulk-kite | A kite that was dropped"
UPLOAD = re.compile(r"/ops/entrants/[a-z0-9]{12}$")
TRANSFER = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files)
    transfer.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name));
  return transfer;
}"""
PATIENCE_MS = 120_000


@pytest.fixture
def page(browser: Browser, demo_stack: Demo) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE)
    made = context.new_page()
    sign_in(made, demo_stack)
    yield made
    context.close()


def drop(page: Page, url: str, *files: tuple[str, bytes], prompts: str = "") -> None:
    page.goto(f"{url}/ops/entrants/new")
    page.get_by_label("New prompts").fill(prompts)
    sent = [(name, b64encode(content).decode()) for name, content in files]
    transfer = page.evaluate_handle(TRANSFER, sent)
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": transfer})
    expect(page.locator("[data-chosen]")).to_contain_text(f"{len(files)} file")


def send(page: Page) -> None:
    page.get_by_role("button", name="Send and look at them").click()
    page.wait_for_url(UPLOAD, timeout=PATIENCE_MS)


def test_dropped_pictures_are_looked_at_applied_and_undone(page: Page, demo: str) -> None:
    archive = make_zip(("Dropped one/bulk-fox.png", picture()), ("Dropped one/bulk-kite.png", picture("red")))
    loose = (("Dropped two__bulk-fox.webp", picture("blue", "WEBP")), ("Dropped two__bulk-kite.gif", b"no picture"))
    drop(page, demo, ("all.zip", archive), *loose, prompts=PROMPTS)
    send(page)
    expect(page.get_by_role("heading", name="Pictures")).to_be_visible(timeout=PATIENCE_MS)
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        assert serious_violations(page) == []
        assert not scrolls_sideways(page)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("Dropped two__bulk-kite.gif: The file is not a PNG")
    page.get_by_label("Leave out what is wrong or twice").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("3 entries are held")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Undo the upload").click()
    page.get_by_role("button", name="Undo the upload").click()
    expect(page.get_by_text("What it made is gone again.")).to_be_visible(timeout=PATIENCE_MS)


def test_an_archive_that_leads_out_of_its_folder_is_refused_by_name(page: Page, demo: str) -> None:
    drop(page, demo, ("bad.zip", make_zip(("Alder/fox.png", picture()), ("../../evil.png", b"x"))))
    send(page)
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("“../../evil.png” leads out of the folder", timeout=PATIENCE_MS)
    page.set_viewport_size(PHONE)
    assert serious_violations(page) == []


def test_a_broken_connection_goes_on_where_it_was(page: Page, demo: str) -> None:
    broken = []

    def break_once(route) -> None:
        if broken:
            route.continue_()
        else:
            broken.append(route)
            route.abort()

    page.route("**/pieces?*", break_once)
    drop(page, demo, ("Dropped__bulk-sea.png", picture("white")))
    send(page)
    expect(page.get_by_role("heading", name="Pictures")).to_be_visible(timeout=PATIENCE_MS)
    assert broken
    page.get_by_role("button", name="Delete the upload").click()
    page.wait_for_url("**/ops/entrants")


def test_a_folder_is_dropped_by_the_mouse(page: Page, demo: str, tmp_path: Path) -> None:
    for model in ("Dropped three", "Dropped four"):
        (tmp_path / model).mkdir()
        (tmp_path / model / "bulk-hill.png").write_bytes(picture())
    page.goto(f"{demo}/ops/entrants/new")
    box = page.locator("[data-drop]").bounding_box()
    assert box is not None
    at = {"x": box["x"] + 20, "y": box["y"] + 20}
    data = {"items": [], "files": [str(tmp_path)], "dragOperationsMask": 1}
    mouse = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        mouse.send("Input.dispatchDragEvent", {"type": step, **at, "data": data})
    expect(page.locator("[data-chosen]")).to_contain_text("2 files")
    send(page)
    expect(page.get_by_role("heading", name="Pictures")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Use these")).to_be_visible()
    page.get_by_role("button", name="Delete the upload").click()
    page.wait_for_url("**/ops/entrants")
