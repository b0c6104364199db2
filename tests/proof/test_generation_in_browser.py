"""A competition from nothing to votes, as an operator does it: by keyboard, on a phone, and without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.proof.conftest import Demo
from tests.proof.page_checks import PHONE, WIDE, keep_picture, scrolls_sideways, serious_violations

MODELS = ("Aster 3", "Cobalt XL", "Kestrel 2", "Moss 1", "Z-Image Turbo")
PROMPT = "A small lighthouse on a rock at dusk, gulls, a red door"
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def cookies(demo_stack: Demo, browser: Browser) -> list[dict[str, object]]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo_stack.url}/admin/login/?next=/ops")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(demo_stack.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo_stack.url}/ops")
    found = context.cookies()
    context.close()
    return list(found)


@pytest.fixture
def operator(browser: Browser, cookies: list[dict[str, object]]) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE)
    yield signed_in(context, cookies)
    context.close()


def signed_in(context: BrowserContext, cookies: list[dict[str, object]]) -> Page:
    context.add_cookies(cookies)  # type: ignore[arg-type]
    return context.new_page()


def make_competition(page: Page, demo: str, title: str, prompt: str = PROMPT) -> None:
    page.goto(f"{demo}/ops/competitions")
    page.get_by_role("link", name="New competition").press("Enter")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_role("button", name="Create the draft").press("Enter")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def retry_until_all_are_there(page: Page, wanted: int) -> None:
    """The simulator lets a run fail now and then, as providers do."""
    for _ in range(5):
        expect(page.locator(".run-facts")).to_contain_text("finished", timeout=PATIENCE_MS)
        if page.locator(".pictures img").count() == wanted:
            return
        page.get_by_role("button", name=re.compile("failed ones? again")).press("Enter")
    raise AssertionError(page.locator(".pictures").inner_text())


def test_a_competition_is_made_generated_published_and_voted_on(demo: str, operator: Page) -> None:
    page = operator
    make_competition(page, demo, "Lighthouse at dusk")
    page.get_by_role("link", name="Generate").first.press("Enter")
    for model in MODELS:
        page.get_by_role("checkbox", name=model).first.press("Space")
    page.get_by_label("Size").select_option("512x512")
    button = page.get_by_role("button", name=re.compile(r"Generate 5 pictures for \$0\.\d+"))
    expect(button).to_be_visible()
    for model in MODELS:
        expect(page.locator("#cost").get_by_role("rowheader", name=model)).to_be_visible()
    assert page.locator("#cost").get_by_text("simulated").count() >= 5
    button.scroll_into_view_if_needed()
    keep_picture(page, "generate")
    shown = re.search(r"\$\S+", button.inner_text())
    assert shown
    button.press("Enter")
    page.wait_for_url("**/ops/runs/*")
    expect(page.locator(".pictures img")).not_to_have_count(0, timeout=PATIENCE_MS)
    keep_picture(page, "run")
    # the page asks for itself; nobody reloads it
    page.evaluate("window.stillHere = true")
    expect(page.locator(".run-facts")).to_contain_text("finished", timeout=PATIENCE_MS)
    assert page.evaluate("window.stillHere") is True
    expect(page.locator(".run-facts")).to_contain_text(shown[0])
    retry_until_all_are_there(page, 5)
    keep_picture(page, "run-done")
    page.get_by_role("link", name="Review 5 held entries").press("Enter")
    keep_picture(page, "entries")
    page.get_by_role("button", name="Publish all 5 held").press("Enter")
    expect(page.locator(".pictures .is-live")).to_have_count(5)
    page.get_by_role("button", name="Open for votes").press("Enter")
    page.get_by_role("link", name="Vote on this prompt").press("Enter")
    page.wait_for_url("**/vote/*", wait_until="load")
    for _ in range(3):
        expect(page.locator("#stage")).to_have_attribute("data-state", "open")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#stage")).to_have_attribute("data-state", "voted")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#stage")).to_have_attribute("data-state", "revealed")
        page.keyboard.press("Enter")
    page.goto(f"{demo}/ops/competitions")
    row = page.get_by_role("row").filter(has_text="Lighthouse at dusk").first
    expect(row.get_by_role("cell").nth(3)).to_have_text("3")
    row.get_by_role("link", name="Lighthouse at dusk").click()
    page.get_by_role("link", name="Public page").click()
    assert page.get_by_text("simulated").count() >= 5


def test_failures_are_told_and_tried_again_on_a_phone(
    demo: str, browser: Browser, cookies: list[dict[str, object]]
) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme="dark", has_touch=True)
    page = signed_in(context, cookies)
    # a fault that the simulator makes on request, by the prompt
    make_competition(page, demo, "Refused", "A cup [simulate moderation]")
    page.get_by_role("link", name="Generate").first.tap()
    page.get_by_role("checkbox", name="Moss 1").tap()
    page.get_by_role("button", name=re.compile("Generate 1 pictures")).tap()
    expect(page.get_by_text("moderation").first).to_be_visible(timeout=PATIENCE_MS)
    keep_picture(page, "run-failed")
    found = serious_violations(page)
    assert not scrolls_sideways(page)
    page.get_by_role("button", name="Try again").tap()
    expect(page.get_by_text("Tried again below.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="2 failed")).to_be_visible(timeout=PATIENCE_MS)
    context.close()
    assert found == []


def test_all_of_it_works_without_javascript(demo: str, browser: Browser, cookies: list[dict[str, object]]) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = signed_in(context, cookies)
    make_competition(page, demo, "Plain forms")
    page.get_by_role("link", name="Generate").first.click()
    page.get_by_role("checkbox", name="Moss 1").check()
    page.get_by_role("button", name="Show the cost").click()
    page.get_by_role("button", name=re.compile("Generate 1 pictures")).click()
    # the page refreshes itself
    expect(page.locator(".run-facts")).to_contain_text("finished", timeout=PATIENCE_MS)
    assert page.locator(".pictures > li").count() == 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_is_accessible_and_fits(
    demo: str, browser: Browser, cookies: list[dict[str, object]], scheme: str, viewport: ViewportSize
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport=viewport)
    page = signed_in(context, cookies)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{demo}/ops/competitions")
    one = page.get_by_role("row").get_by_role("link").first.get_attribute("href")
    pages = (one, f"{one}/generate?all=1", f"{one}/schedules/new", "/ops/competitions/new", "/ops/schedules")
    for path in pages:
        page.goto(f"{demo}{path}")
        complaints += [f"{path}: {said}" for said in serious_violations(page)]
        if scrolls_sideways(page):
            complaints.append(f"{path} scrolls sideways")
    context.close()
    assert complaints == []
