"""The playground in a real browser: a key, the cost before, three targets side by side, and a draft made of them."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.proof.conftest import Demo
from tests.proof.page_checks import WIDE, serious_violations
from tests.proof.test_ops_in_browser import sign_in

RUN_MS = 60_000


def make_key(page: Page, demo: Demo) -> str:
    page.goto(f"{demo.url}/ops/keys/new")
    page.get_by_label("Name").fill("playground")
    page.get_by_role("button", name="Make the key").click()
    return page.locator("#new-key").inner_text()


def test_a_prompt_runs_side_by_side_and_becomes_a_draft(demo_stack: Demo, browser: Browser) -> None:
    page = browser.new_context(viewport=WIDE).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, demo_stack)
    key = make_key(page, demo_stack)
    page.goto(f"{demo_stack.url}/playground?model=z-image-turbo")
    page.get_by_label("API key").fill(key)
    page.locator("#p-prompt").fill("a paper boat on a lake")
    page.locator("#p-seed").fill("7")
    page.locator("[data-target*='/']").first.check()
    page.get_by_label("Beside another model").select_option("aster-3")
    expect(page.locator("#estimate")).to_contain_text("Together $", timeout=RUN_MS)
    expect(page.locator("#request-curl")).to_contain_text('"seed": 7')
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".run-pictures img")).to_have_count(3, timeout=RUN_MS)
    assert (
        page.locator(".run-pictures img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    )
    expect(page.locator(".run small").first).to_contain_text(re.compile(r"\$.* ms · 1 attempt"))
    assert serious_violations(page) == []
    assert complaints == []
    page.get_by_role("button", name="Send to a draft competition").click()
    page.wait_for_url("**/ops/competitions/*")
    page.goto(f"{demo_stack.url}/ops/requests?q=z-image-turbo")
    page.get_by_role("main").locator("tbody th a").first.click()
    expect(page.locator(".timeline li")).to_have_count(1)
    assert serious_violations(page) == []


def test_a_wrong_key_is_told_in_words(demo_stack: Demo, browser: Browser) -> None:
    page = browser.new_context(viewport=WIDE).new_page()
    page.goto(f"{demo_stack.url}/playground?model=z-image-turbo")
    page.get_by_label("API key").fill("lb_wrong")
    page.locator("#p-prompt").fill("a boat")
    expect(page.locator("#estimate.wrong")).to_contain_text("key", timeout=RUN_MS)


def test_without_scripts_the_page_says_what_it_needs(demo_stack: Demo, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{demo_stack.url}/playground?model=z-image-turbo")
    assert page.locator("noscript .note").is_visible()
