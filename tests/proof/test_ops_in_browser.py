"""The operator's pages in a real browser: nothing breaks, nothing is inaccessible, nothing runs off a phone."""

from base64 import b32decode

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page, ViewportSize

from tests.proof.conftest import Demo
from tests.proof.page_checks import PHONE, WIDE, keep_picture, scrolls_sideways, serious_violations

PAGES = {
    "ops": "/ops",
    "ops-flags": "/ops/flags",
    "ops-spending": "/ops/spending",
    "ops-schedules": "/ops/schedules",
    "ops-prices": "/ops/prices",
    "ops-voters": "/ops/voters",
    "ops-exclusions": "/ops/exclusions",
    "ops-reports": "/ops/reports",
    "ops-suggestions": "/ops/suggestions",
    "ops-gates": "/ops/gates",
    "ops-competitions": "/ops/competitions",
    "ops-entrants": "/ops/entrants",
    "ops-entrants-new": "/ops/entrants/new",
    "ops-requests": "/ops/requests",
    "ops-keys": "/ops/keys",
    "ops-key-new": "/ops/keys/new",
    "second-factor": "/account/second-factor",
}
PASSWORD = "a long secret of a test"
ACCOUNT = (
    "from django.contrib.auth.models import User;"
    f"User.objects.filter(username='second').exists() or User.objects.create_superuser('second', password='{PASSWORD}')"
)
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


def test_a_second_factor_is_turned_on_asked_for_and_turned_off(demo_stack: Demo, browser: Browser) -> None:
    demo_stack.command("shell", "-c", ACCOUNT)
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    log_in(page, demo_stack)
    page.wait_for_url(f"{demo_stack.url}/ops")
    page.goto(f"{demo_stack.url}/account/second-factor")
    key = page.locator(".enrol code").inner_text()
    confirm(page, code_of(key), "Turn it on")
    recovery = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("link", name="I have saved them").click()
    page.wait_for_url(f"{demo_stack.url}/ops")
    context.clear_cookies()
    log_in(page, demo_stack)
    page.get_by_text("This account has a second factor").wait_for()
    log_in(page, demo_stack, recovery)
    page.wait_for_url(f"{demo_stack.url}/ops")
    page.goto(f"{demo_stack.url}/account/second-factor")
    assert serious_violations(page) == []
    assert not scrolls_sideways(page)
    demo_stack.command("remove_second_factor", "second")
    context.clear_cookies()
    log_in(page, demo_stack)
    page.wait_for_url(f"{demo_stack.url}/ops")
    context.close()


def log_in(page: Page, demo: Demo, code: str = "") -> None:
    page.goto(f"{demo.url}/admin/login/?next=/ops")
    page.get_by_label("Username").fill("second")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code of your second factor").fill(code)
    page.keyboard.press("Enter")


def confirm(page: Page, code: str, button: str) -> None:
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Code of the app").fill(code)
    page.get_by_role("button", name=button).click()


def code_of(key: str) -> str:
    """As an app computes it."""
    return f"{TOTP(b32decode(key)).token():06d}"
