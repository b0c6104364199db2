"""Analytics in a browser: filters change charts without loading a page, and the address brings them back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def titles(page: Page) -> list[str]:
    return page.locator(".chart h2").all_inner_texts()


def test_filters_change_charts_without_a_reload_and_survive_one(demo: str, page: Page) -> None:
    page.goto(f"{demo}/analytics", wait_until="networkidle")
    expect(page.locator("[data-chart-plot] .main-svg").first).to_be_visible()
    page.evaluate("window.wasNotReloaded = true")
    before = titles(page)
    page.get_by_role("combobox", name="Model", exact=True).select_option("z-image-turbo")
    expect(page).to_have_url(f"{demo}/analytics?model=z-image-turbo")
    page.wait_for_function("before => document.querySelector('.chart h2').innerText !== before", arg=before[0])
    expect(page.locator("[data-chart-plot] .main-svg").first).to_be_visible()
    assert page.evaluate("window.wasNotReloaded") is True
    chosen = titles(page)
    assert chosen != before
    page.reload(wait_until="networkidle")
    assert titles(page) == chosen
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_have_value("z-image-turbo")
    page.go_back()


def test_every_chart_gives_its_numbers_as_a_file(demo: str, page: Page) -> None:
    page.goto(f"{demo}/analytics?model=z-image-turbo", wait_until="networkidle")
    chart = page.locator("[data-chart=latency]")
    for name, ending in (("CSV", ".csv"), ("PNG", ".png")):
        with page.expect_download() as download:
            chart.get_by_role(
                "button", name=f"Download {'the numbers as CSV' if name == 'CSV' else 'this chart'}"
            ).click()
        assert download.value.suggested_filename.endswith(ending)
