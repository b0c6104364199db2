"""A whole voting session as people have it: by keyboard, by touch on a phone, and without JavaScript."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, ViewportSize, expect

from tests.proof.conftest import chromium
from tests.proof.page_checks import PHONE, WIDE, keep_picture, scrolls_sideways, serious_violations


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE)
    yield context.new_page()
    context.close()


def wait_for(page: Page, state: str) -> None:
    expect(page.locator("#stage")).to_have_attribute("data-state", state)


def battle_on(page: Page) -> str:
    return str(page.locator("#stage").get_attribute("data-battle"))


def votes_on(page: Page) -> int:
    return int(re.search(r"(\d+) of 20 votes|(\d+) votes", page.locator(".progress").inner_text()).group().split()[0])


def places(page: Page) -> list[dict[str, float]]:
    return [dict(frame.bounding_box() or {}) for frame in page.locator(".shown").all()]


def start(page: Page, demo: str) -> None:
    page.goto(f"{demo}/vote")
    page.wait_for_function("[...document.querySelectorAll('[data-pair] img')].every(i => i.complete && i.naturalWidth)")


def stand_still(page: Page) -> None:
    """Timers of the page wait until `page.clock.run_for`; what is asked of the server does not."""
    its_now = datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC)
    page.clock.pause_at(its_now + timedelta(hours=1))


def test_a_session_by_keyboard(demo: str, page: Page) -> None:
    page.clock.install()
    start(page, demo)
    stand_still(page)
    before = places(page)
    assert before[0]["y"] + before[0]["height"] < WIDE["height"], "both pictures are in sight without scrolling"
    for count, key in enumerate(("ArrowLeft", "ArrowRight", "ArrowDown", "x"), start=1):
        battle = battle_on(page)
        page.keyboard.press(key)
        wait_for(page, "voted")
        assert page.locator(".named").count() == 0, "names wait for the reveal"
        assert votes_on(page) == count
        page.keyboard.press(key)
        wait_for(page, "revealed")
        expect(page.locator(".named")).to_have_count(2)
        assert places(page) == before, "the reveal moves no picture"
        page.keyboard.press("Enter")
        wait_for(page, "open")
        assert battle_on(page) != battle
        # another competition may bring a source picture, which stands above the pair
        before = places(page)
        assert before[0]["y"] + before[0]["height"] < WIDE["height"], "the next pair is in sight as well"
    assert page.url == f"{demo}/vote", "no page was loaded in between"


def test_the_reveal_comes_by_itself_and_undo_only_before_it(demo: str, page: Page) -> None:
    page.clock.install()
    start(page, demo)
    stand_still(page)
    page.keyboard.press("ArrowLeft")
    wait_for(page, "voted")
    first = battle_on(page)
    page.keyboard.press("u")
    wait_for(page, "open")
    assert votes_on(page) == 0
    assert battle_on(page) != first
    page.keyboard.press("ArrowRight")
    wait_for(page, "voted")
    page.clock.run_for(1300)
    wait_for(page, "revealed")
    page.keyboard.press("u")
    page.wait_for_load_state("networkidle")
    assert votes_on(page) == 1
    wait_for(page, "revealed")


def test_who_presses_a_button_by_key_is_not_hurried(demo: str, page: Page) -> None:
    page.clock.install()
    start(page, demo)
    stand_still(page)
    page.get_by_role("button", name="Tie").focus()
    page.keyboard.press("Enter")
    wait_for(page, "voted")
    page.clock.run_for(20_000)
    wait_for(page, "voted")
    page.keyboard.press("Enter")
    wait_for(page, "revealed")
    page.keyboard.press("Enter")
    wait_for(page, "open")


def test_pictures_that_never_load_do_not_go_round_for_ever(demo: str, page: Page) -> None:
    page.route(re.compile(r"/battles/[0-9a-f-]+/[ab]$"), lambda route: route.abort())
    page.goto(f"{demo}/vote")
    page.get_by_text("do not load at the moment").wait_for()


def test_the_next_pair_and_its_pictures_are_there_before_they_are_wanted(demo: str, page: Page) -> None:
    start(page, demo)
    page.keyboard.press("ArrowLeft")
    wait_for(page, "revealed")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("response", lambda answer: asked.append(answer.url) if "/static/" not in answer.url else None)
    page.keyboard.press("ArrowLeft")
    wait_for(page, "open")
    page.wait_for_function("[...document.querySelectorAll('[data-pair] img')].every(i => i.complete && i.naturalWidth)")
    assert asked == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_browser_that_blocks_cookies_is_told_and_not_sent_round(
    demo: str, browser: Browser, tmp_path: Path, scripts: bool
) -> None:
    profile = tmp_path / "Default"
    profile.mkdir()
    blocks = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (profile / "Preferences").write_text(json.dumps(blocks))
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=chromium(), java_script_enabled=scripts, viewport=PHONE
    )
    page = context.new_page()
    visits: list[str] = []
    page.on("framenavigated", lambda frame: visits.append(frame.url))
    page.goto(f"{demo}/vote", wait_until="networkidle")
    expect(page.get_by_role("heading", name="Your browser blocks cookies")).to_be_visible()
    assert visits == [f"{demo}/vote?greeted=1"]
    assert context.cookies() == []
    assert serious_violations(page) == [] if scripts else True
    assert not scripts or not scrolls_sideways(page)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="Your browser blocks cookies")).to_be_visible()
    context.close()


def test_cookies_cleared_between_pair_and_vote_are_said_and_stay_said(demo: str, page: Page) -> None:
    start(page, demo)
    first = battle_on(page)
    page.context.clear_cookies()
    page.keyboard.press("ArrowLeft")
    wait_for(page, "refused")
    said = page.locator(".stage-controls")
    expect(said).to_contain_text("This vote did not count. Your browser sent no cookie")
    page.wait_for_timeout(3000)
    assert battle_on(page) == first, "nothing is loaded before the words were read"
    assert serious_violations(page) == []
    page.get_by_role("link", name="To the next pair").click()
    wait_for(page, "open")
    assert page.url == f"{demo}/vote"
    assert votes_on(page) == 0


def test_cookies_cleared_are_said_without_javascript_too(demo: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo}/vote")
    context.clear_cookies()
    page.locator("button[value=left]").click()
    assert "This vote did not count. Your browser sent no cookie" in page.inner_text("main")
    page.get_by_role("link", name="To the next pair").click()
    assert page.locator("#stage").get_attribute("data-state") == "open"
    context.close()


def test_skipping_ends_and_the_pair_stays(demo: str, page: Page) -> None:
    start(page, demo)
    for _ in range(19):
        battle = battle_on(page)
        page.keyboard.press("s")
        expect(page.locator("#stage")).not_to_have_attribute("data-battle", battle)
    last = battle_on(page)
    page.keyboard.press("s")
    page.get_by_text("You have skipped as many pairs as you may").wait_for()
    assert battle_on(page) == last
    start(page, demo)
    assert battle_on(page) == last
    page.keyboard.press("ArrowLeft")
    wait_for(page, "voted")


def test_zoom_shows_the_same_place_of_both_pictures(demo: str, page: Page) -> None:
    start(page, demo)
    pair = page.locator("[data-pair]")
    page.locator(".shown-frame").first.click(position={"x": 100, "y": 100})
    expect(pair).to_have_attribute("data-zoomed", "")
    for picture in page.locator(".shown img").all():
        expect(picture).to_have_css("scale", "2.5")
    aims = page.evaluate("[...document.querySelectorAll('.shown img')].map(i => getComputedStyle(i).transformOrigin)")
    assert aims[0] == aims[1]
    page.keyboard.press("Escape")
    expect(pair).not_to_have_attribute("data-zoomed", "")
    page.locator("#stage").evaluate("stage => { stage.tabIndex = -1; stage.focus(); }")
    page.keyboard.press(" ")
    expect(pair).to_have_attribute("data-zoomed", "")
    assert page.url == f"{demo}/vote"


def test_a_picture_that_does_not_load_brings_another_pair_and_no_loser(demo: str, page: Page) -> None:
    failing = re.compile(r"/battles/[0-9a-f-]+/b$")
    page.route(failing, lambda route: route.abort())
    page.goto(f"{demo}/vote", wait_until="commit")
    page.get_by_text("does not count").first.wait_for()
    page.unroute(failing)
    start(page, demo)
    assert votes_on(page) == 0


def test_skip_and_report_lead_to_another_pair(demo: str, page: Page) -> None:
    start(page, demo)
    first = battle_on(page)
    page.get_by_role("button", name="Skip").click()
    expect(page.locator("#stage")).not_to_have_attribute("data-battle", first)
    second = battle_on(page)
    page.get_by_text("Report this pair").click()
    page.get_by_label("A picture names its model").check()
    page.get_by_role("button", name="Report", exact=True).click()
    expect(page.locator("#stage")).not_to_have_attribute("data-battle", second)
    assert votes_on(page) == 0


def swipe(context: BrowserContext, page: Page, from_x: int, to_x: int, y: int = 400) -> None:
    touch = context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": from_x, "y": y}]})
    for step in range(1, 9):
        x = from_x + (to_x - from_x) * step / 8
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_session_by_touch_at_phone_size(demo: str, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.clock.install()
    start(page, demo)
    stand_still(page)
    sizes = page.evaluate(
        "[...document.querySelectorAll('.choices button')].map(b => Math.min(b.offsetWidth, b.offsetHeight))"
    )
    assert min(sizes) >= 44
    page.get_by_role("button", name="Tie").tap()
    wait_for(page, "voted")
    page.get_by_role("button", name="Reveal models").tap()
    wait_for(page, "revealed")
    page.get_by_role("link", name="Next pair").tap()
    wait_for(page, "open")
    swipe(context, page, 120, 300)
    wait_for(page, "voted")
    expect(page.locator(".shown.chosen")).to_have_attribute("data-side", "right")
    swipe(context, page, 300, 120)
    wait_for(page, "revealed")
    swipe(context, page, 300, 120)
    wait_for(page, "open")
    assert votes_on(page) == 2
    page.locator(".shown-frame").first.dblclick()
    assert not scrolls_sideways(page)
    context.close()


def test_a_session_without_javascript(demo: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{demo}/vote")
    page.get_by_role("button", name="A", exact=False).first.click()
    assert "Counted: A is better." in page.inner_text("main")
    page.get_by_role("button", name="Undo").click()
    assert votes_on(page) == 0
    page.locator("button[value=both_bad]").click()
    assert page.locator(".named").count() == 0
    page.get_by_role("button", name="Reveal models").click()
    assert page.locator(".named").count() == 2
    battle = battle_on(page)
    page.get_by_role("link", name="Next pair").click()
    assert battle_on(page) != battle
    page.get_by_role("button", name="Skip").click()
    assert votes_on(page) == 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_state_is_accessible_and_fits(demo: str, browser: Browser, scheme: str, viewport: ViewportSize) -> None:
    context = browser.new_context(color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda answer: complaints.extend(failed(answer)))
    page.clock.install()
    start(page, demo)
    for key, state in (("", "open"), ("ArrowLeft", "voted"), ("ArrowLeft", "revealed")):
        if key:
            stand_still(page)
            page.keyboard.press(key)
        wait_for(page, state)
        if state == "voted":
            # the reveal waits as long as somebody is about to undo
            page.get_by_role("button", name="Undo").focus()
        page.clock.resume()
        complaints += serious_violations(page)
        assert not scrolls_sideways(page)
        keep_picture(page, f"vote-{state}")
    page.goto(f"{demo}/vote/mine")
    complaints += serious_violations(page)
    context.close()
    assert complaints == []


def failed(answer: Response) -> list[str]:
    return [f"{answer.status} {answer.url}"] if answer.status >= 400 else []
