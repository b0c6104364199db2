"""The operator's pages in a real browser: nothing breaks, nothing is inaccessible, nothing runs off a phone."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.proof.conftest import Demo
from tests.proof.page_checks import PHONE, WIDE, keep_picture, scrolls_sideways, serious_violations

PAGES = {
    "ops": "/ops",
    "ops-flags": "/ops/flags",
    "ops-spending": "/ops/spending",
    "ops-schedules": "/ops/schedules",
    "ops-prices": "/ops/prices",
    "ops-exclusions": "/ops/exclusions",
    "ops-reports": "/ops/reports",
    "ops-suggestions": "/ops/suggestions",
    "ops-gates": "/ops/gates",
    "ops-competitions": "/ops/competitions",
    "ops-requests": "/ops/requests",
    "ops-keys": "/ops/keys",
    "ops-key-new": "/ops/keys/new",
}
PARTS = ("", "/upload", "/edit", "/merge")
PICTURED = (
    "ops",
    "ops-requests",
    "ops-keys",
    "ops-gates",
    "ops-competitions",
    "ops-competition",
    "ops-competition-upload",
)


def sign_in(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/admin/login/?next=/ops")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(demo.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo.url}/ops")


def competition_pages(page: Page, demo: Demo) -> dict[str, str]:
    page.goto(f"{demo.url}/ops/competitions")
    page.get_by_role("main").locator("tbody th a").first.click()
    page.wait_for_url("**/ops/competitions/*")
    found = page.url.removeprefix(demo.url)
    return {"ops-competition" + part.replace("/", "-"): found + part for part in PARTS}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_of_the_operator_is_sound(
    demo_stack: Demo, browser: Browser, scheme: str, viewport: ViewportSize
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport=viewport)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, demo_stack)
    findings = []
    for name, path in {**PAGES, **competition_pages(page, demo_stack)}.items():
        complaints.clear()
        answer = page.goto(demo_stack.url + path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, path
        findings += [f"{name}: {said}" for said in (*complaints, *serious_violations(page))]
        if scrolls_sideways(page):
            findings.append(f"{name}: scrolls sideways")
        if name in PICTURED:
            keep_picture(page, name)
    context.close()
    assert findings == []
