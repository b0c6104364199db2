"""The written pages as a site: all of them, linked with one another, in one order."""

import re
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from lumenboard.handbook.outline import addresses, chapters, decisions, drawings
from lumenboard.handbook.rendering import anchor_of, render_page

pytestmark = pytest.mark.django_db


def served(slug: str) -> str:
    answer = Client().get(f"/docs/{slug}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_document_is_a_chapter() -> None:
    written = {str(path.relative_to(settings.BASE_DIR)) for path in (settings.BASE_DIR / "docs").rglob("*.md")}
    assert written == {file for file in addresses() if file.startswith("docs/")}


def test_the_handbook_begins_with_its_first_chapter() -> None:
    assert Client().get("/docs")["Location"] == next(chapters()).url


def test_every_chapter_is_served_with_its_title() -> None:
    for one in chapters():
        assert f"<h1>{one.title}</h1>" in served(one.slug).replace("&#x27;", "'")


def test_links_between_chapters_lead_to_headings_that_exist() -> None:
    pages = {one.url: served(one.slug) for one in chapters()}
    dead = []
    for url, html in pages.items():
        for target in re.findall(r'href="((?:/docs/[^"#]+)?#[^"]+|/docs/[^"]+)"', html):
            page, _, section = target.partition("#")
            found = pages.get(page or url, "")
            if not found or (section and f'id="{section}"' not in found):
                dead.append(f"{url} -> {target}")
    assert dead == []


def test_a_record_has_its_neighbours() -> None:
    first, second = decisions()[:2]
    assert f'href="{second.url}" rel="next"' in served(first.slug)


def test_an_unknown_chapter_is_not_found() -> None:
    assert Client().get("/docs/nowhere").status_code == 404


def test_a_link_to_a_file_that_is_not_shown_becomes_text() -> None:
    page = render_page(
        "# T\n\nSee [the rows](../tests/data/README.md) and [this](b.md#c).", "docs/a.md", {"docs/b.md": "/docs/b"}
    )
    assert page.html == '<p>See the rows and <a href="/docs/b#c">this</a>.</p>\n'


def test_raw_html_in_a_document_is_text() -> None:
    assert "<script>" not in render_page("# T\n\n<script>alert(1)</script>", "docs/a.md", {}).html


def test_headings_are_listed_and_named_as_code_hosts_name_them() -> None:
    page = render_page("# T\n\n## What `x` does, & how\n\ntext", "docs/a.md", {})
    assert [(one.anchor, one.text) for one in page.headings] == [("what-x-does--how", "What x does, & how")]
    assert anchor_of("A heading: two words") == "a-heading-two-words"


def test_every_drawing_stands_in_a_page_in_the_pages_own_colours() -> None:
    assert drawings()
    pages = [served(one.slug) for one in chapters()]
    for file, drawing in drawings().items():
        label = drawing.partition('aria-label="')[2].partition('"')[0]
        (page,) = [html for html in pages if f'aria-label="{label}"' in html]
        assert 'class="drawing"' in page, file
        assert "<style>" not in page, "the site's policy refuses it"


def test_other_pictures_are_left_out() -> None:
    page = render_page("# T\n\n![a](p.png)![b](d/x.svg)", "docs/a.md", {}, {"docs/d/x.svg": "<svg/>"})
    assert page.html.count("<svg/>") == 1
    assert "p.png" not in page.html


def test_pictures_of_pages_are_shown_and_served_and_no_other_file_is() -> None:
    shown = re.findall(r'<img src="(/docs/screenshots/[^"]+)" alt="[^"]{10,}"', served("tutorial"))
    assert len(shown) == len(re.findall(r"!\[", (settings.BASE_DIR / "docs/tutorial.md").read_text())) > 0
    for address in shown:
        answer = Client().get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
        assert answer.content[:4] == b"RIFF"
    for name in ("nothing.webp", "..%2Ftutorial.md", "%2e%2e"):
        assert Client().get(f"/docs/screenshots/{name}").status_code == 404


def test_a_formula_is_set_by_the_browser() -> None:
    page = render_page("# T\n\n```math\nx_i = \\frac{1}{2}\n```\n", "docs/a.md", {})
    assert "<mfrac>" in page.html
    assert 'class="formula" tabindex="0"' in page.html


def test_every_formula_is_understood_and_none_breaks_the_page() -> None:
    formulas = re.findall(r"<math .*?</math>", served("methodology"))
    assert len(formulas) >= 6
    for formula in formulas:
        root = ElementTree.fromstring(formula)
        words = "".join(root.itertext())
        assert "\\" not in words, f"left as it was: {words}"
