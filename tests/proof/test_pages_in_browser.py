"""What people see, looked at in a real browser: nothing breaks, nothing is inaccessible, nothing runs off a phone."""

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.proof.page_checks import PHONE, WIDE, keep_picture, scrolls_sideways, serious_violations

# From a small phone to a tablet on its side, either side of every width at which something changes.
BETWEEN = (320, 600, 730, 820, 870, 1010)
PAGES = {
    "home": "/",
    "leaderboards": "/leaderboards",
    "board": "/leaderboards/mode-text-to-image",
    "board-charts": "/leaderboards/mode-text-to-image/charts",
    "board-changes": "/leaderboards/mode-text-to-image/changes",
    "board-value": "/leaderboards/mode-text-to-image/value",
    "board-planner": "/leaderboards/mode-text-to-image/planner",
    "board-parity": "/leaderboards/parity-z-image-turbo-text-to-image",
    "vote-parity": "/vote/parity",
    "methodology": "/methodology",
    "gallery": "/gallery",
    "board-category": "/leaderboards/category-portrait-text-to-image",
    "models": "/models",
    "model": "/models/alibaba/z-image-turbo",
    "model-about": "/models/alibaba/z-image-turbo/about",
    "model-providers": "/models/alibaba/z-image-turbo/providers",
    "model-api": "/models/alibaba/z-image-turbo/api",
    "model-benchmarks": "/models/alibaba/z-image-turbo/benchmarks",
    "model-use-cases": "/models/alibaba/z-image-turbo/use-cases",
    "model-gallery": "/models/alibaba/z-image-turbo/gallery",
    "providers": "/providers",
    "provider": "/providers/fal",
    "search": "/search?q=aster",
    "vote": "/vote",
    "vote-mine": "/vote/mine",
    "compare": "/compare/aster-3/z-image-turbo",
    "compare-pick": "/compare",
    "suggest": "/suggest",
    "playground": "/playground?model=z-image-turbo",
    "playground-pick": "/playground",
    "docs": "/docs/methodology",
    "analytics": "/analytics",
    "analytics-compare": "/analytics/compare?model=z-image-turbo",
    "analytics-model": "/analytics?model=z-image-turbo&window=7d",
    "not-found": "/models/nobody/nothing",
}
PICTURED = (
    *("home", "board", "board-charts", "board-changes", "methodology", "models", "model", "model-gallery", "provider"),
    *("compare", "competition", "leaderboards", "gallery", "board-planner", "vote-mine", "suggest"),
    *("analytics", "analytics-compare", "board-value", "playground"),
)


def competition_page(page: Page, demo: str) -> str:
    page.goto(f"{demo}/leaderboards")
    page.get_by_role("link", name="Geometric Composition").first.click()
    page.get_by_role("link", name="Competition and its entries").click()
    return page.url.removeprefix(demo)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def viewport(request: pytest.FixtureRequest) -> ViewportSize:
    return dict(request.param)


def test_every_page_is_sound_in_both_schemes_and_sizes(
    demo: str, browser: Browser, scheme: str, viewport: ViewportSize
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport=viewport)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    pages = {**PAGES, "competition": competition_page(page, demo)}
    findings = []
    for name, path in pages.items():
        complaints.clear()
        answer = page.goto(demo + path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == (404 if name == "not-found" else 200)
        findings += [f"{name}: {said}" for said in complaints if "404 (Not Found)" not in said]
        findings += [f"{name}: {serious}" for serious in serious_violations(page)]
        if scrolls_sideways(page):
            findings.append(f"{name}: scrolls sideways")
        if name in PICTURED:
            keep_picture(page, name)
        if (scheme, viewport) == ("light", WIDE):
            findings += [f"{name}: scrolls sideways at {width} pixels" for width in too_narrow(page)]
    context.close()
    assert not findings, "\n".join(findings)


def too_narrow(page: Page) -> list[int]:
    """Widths at which the page is wider than the window."""
    found = []
    for width in BETWEEN:
        page.set_viewport_size({"width": width, "height": WIDE["height"]})
        if scrolls_sideways(page):
            found.append(width)
    page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
    return found


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_context(viewport=WIDE).new_page()


def test_the_palette_opens_by_key_and_leads_to_a_model(demo: str, page: Page) -> None:
    page.goto(demo)
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Search").fill("kestrel 2")
    palette = page.get_by_role("dialog", name="Search")
    palette.get_by_role("link", name="Kestrel 2").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/models/ostrava-vision/kestrel-2$"))


def test_filters_change_the_list_without_a_reload_and_survive_one(demo: str, page: Page) -> None:
    page.goto(f"{demo}/models")
    page.evaluate("window.stillHere = true")
    page.get_by_role("main").locator("select[name=creator]").select_option("papermoon")
    page.wait_for_url(re.compile("creator=papermoon"))
    page.get_by_role("link", name="Aster 3", exact=True).wait_for(state="detached")
    assert page.get_by_role("main").get_by_role("link", name="Paper Crane").first.is_visible()
    assert page.evaluate("window.stillHere") is True
    page.reload()
    assert page.get_by_role("main").get_by_role("link", name="Paper Crane").first.is_visible()
    assert page.get_by_role("link", name="Aster 3", exact=True).count() == 0


def test_the_theme_toggle_is_remembered(demo: str, page: Page) -> None:
    page.goto(demo)
    before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != before


def test_pages_read_well_without_javascript(demo: str, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(f"{demo}/models/alibaba/z-image-turbo/api")
    assert page.get_by_text("images/generations").first.is_visible()
    page.goto(f"{demo}/models?creator=papermoon")
    assert page.get_by_role("main").get_by_role("link", name="Paper Crane").first.is_visible()
    assert page.get_by_role("link", name="Cobalt XL").count() == 0
