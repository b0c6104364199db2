"""A study's people in a real browser: invited at a desk, joined and logged in on a phone, seen by nobody else."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.proof.conftest import Demo
from tests.proof.page_checks import PHONE, WIDE, keep_picture, scrolls_sideways, serious_violations

PASSWORD = "a long secret of a rater"


def checked(page: Page, name: str) -> list[str]:
    """What is wrong with the page that is open."""
    keep_picture(page, name)
    wrong = [f"{name}: {found}" for found in serious_violations(page)]
    return [*wrong, *([f"{name} scrolls sideways"] if scrolls_sideways(page) else [])]


def log_in(page: Page, url: str, name: str, password: str) -> None:
    page.goto(f"{url}/log-in")
    page.get_by_label("Name or mail address").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/studies")


def make_study(page: Page, url: str, title: str) -> str:
    """The path of an open one."""
    page.goto(f"{url}/studies")
    page.get_by_role("link", name="Make a study").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Question").fill("Which picture would you rather put on the poster?")
    page.get_by_label("Instructions").fill("Look at **hands** and letters first.")
    page.get_by_label("Status").select_option("open")
    page.get_by_role("button", name="Make a study").click()
    page.wait_for_url("**/people")
    return page.url.removeprefix(url).removesuffix("/people")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_from_an_invitation_to_the_study_on_a_phone(
    demo_stack: Demo, browser: Browser, scheme: str, viewport: ViewportSize
) -> None:
    url, name = demo_stack.url, f"rater-{scheme}-{viewport['width']}"
    desk = browser.new_context(color_scheme=scheme, viewport=viewport).new_page()
    complaints: list[str] = []
    desk.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    desk.goto(f"{url}/log-in")
    wrong = checked(desk, "log-in")
    log_in(desk, url, "operator", demo_stack.password)
    study = make_study(desk, url, f"Posters of {name}")
    wrong += checked(desk, "study-people")
    desk.get_by_label("People who may use the link").fill("2")
    desk.get_by_role("button", name="Invite").click()
    link = desk.get_by_label("Link for a new rater").input_value()
    wrong += checked(desk, "study-link")

    phone = browser.new_context(color_scheme=scheme, viewport=PHONE, has_touch=True).new_page()
    assert phone.goto(f"{url}{study}").status == 404
    phone.goto(f"{url}/invitations/{link.rpartition('/')[2]}")
    wrong += checked(phone, "study-invitation")
    phone.get_by_label("Name").fill(name)
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Join").click()
    phone.wait_for_url(f"**{study}")
    phone.goto(f"{url}/account")
    wrong += checked(phone, "account")
    phone.get_by_role("button", name="Log out").click()
    assert phone.goto(f"{url}{study}").status == 404
    log_in(phone, url, name, PASSWORD)
    phone.get_by_role("link", name=f"Posters of {name}").click()
    assert "hands" in phone.get_by_role("main").inner_text()
    wrong += checked(phone, "study")
    assert phone.goto(f"{url}{study}/people").status == 404

    desk.goto(f"{url}{study}/people")
    wrong += checked(desk, "study-people-joined")
    desk.get_by_role("link", name="Every change of rights").click()
    wrong += checked(desk, "study-rights")
    desk.goto(f"{url}{study}/people")
    desk.get_by_role("button", name=f"Remove {name}").click()
    assert phone.goto(f"{url}{study}").status == 404
    assert wrong == []
    assert [text for text in complaints if "404" not in text] == []
