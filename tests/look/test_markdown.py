import pytest

from lumenboard.markdown import render_markdown


def test_headings_start_under_the_pages_own_and_keep_their_steps():
    assert render_markdown("# One\n\n## Two") == "<h3>One</h3>\n<h4>Two</h4>\n"


def test_deep_headings_stop_at_six():
    assert "<h6>" in render_markdown("# a\n\n##### b\n\n###### c")


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>", "[x](data:text/html,hi)"],
)
def test_nothing_in_the_text_can_run(text: str):
    html = render_markdown(text)

    assert "<script" not in html
    assert "<img" not in html
    assert "href" not in html


def test_links_keep_their_address_and_lose_their_weight():
    html = render_markdown("[paper](https://example.test/paper)")

    assert html == '<p><a href="https://example.test/paper" rel="nofollow noopener">paper</a></p>\n'


def test_tables_are_kept():
    assert "<td>1</td>" in render_markdown("| a |\n|---|\n| 1 |")
