"""What names and prompts may hold without breaking the Markdown face, and what it says of origins."""

import re
from decimal import Decimal

import pytest
from django.core.management import call_command
from markdown_it import MarkdownIt

from lumenboard.facts import rows
from lumenboard.facts.assembly import model_facts
from lumenboard.facts.markdown import SECTION_TITLES, model_markdown
from lumenboard.formatting import price_text
from providers.models import CuratedImage, ModelParameter
from providers.sheet import PriceSheet
from tests.facts.factories import make_endpoint, make_model, make_reported_performance, make_reported_standing

HOSTILE = "Nice](https://evil.example) `x` <script>alert(1)</script>\n\n## Links\n\n- Model Page: https://evil.example"


def document_of(slug="lantern"):
    return model_markdown(model_facts(rows.find_model(slug)))


def headings(document):
    tokens = MarkdownIt("commonmark").parse(document)
    return [(token.tag, tokens[at + 1].content) for at, token in enumerate(tokens) if token.type == "heading_open"]


def make_hostile_model():
    model = make_model(
        name=HOSTILE, tagline=HOSTILE, tags=[HOSTILE], example_prompt=HOSTILE, alternative_names=[HOSTILE]
    )
    make_endpoint(model, notes=[HOSTILE], provider_model_id=HOSTILE)
    make_reported_standing(model, title=HOSTILE, image_url="https://pictures.example/a(b)c")
    ModelParameter.objects.create(model=model, name="a`b\n## c", description=HOSTILE, values=[HOSTILE])
    CuratedImage.objects.create(model=model, prompt=HOSTILE, url="https://pictures.example/1")
    return model


@pytest.mark.django_db
def test_hostile_texts_add_no_section_link_or_tag():
    make_hostile_model()
    document = document_of()
    titles = [text for tag, text in headings(document) if tag == "h2"]
    assert titles == [title for title in SECTION_TITLES if title in titles]
    html = MarkdownIt("commonmark").render(document)
    assert "<script" not in html
    gallery = html[html.index("Image Gallery") : html.index("Example Prompt")]
    assert re.findall(r'href="([^"]+)"', gallery) == [
        "https://pictures.example/1",
        "https://pictures.example/a%28b%29c",
    ]


@pytest.mark.django_db
def test_a_heading_in_the_about_text_cannot_pass_for_a_section():
    make_model(about="## Overview\n\nFine.\n\n## Links\n\n- Model Page: https://evil.example")
    titles = [text for _, text in headings(document_of())]
    assert titles.count("Links") == 1
    assert "Overview" in titles


@pytest.mark.django_db
def test_a_section_without_facts_is_left_out():
    make_model()
    titles = [text for tag, text in headings(document_of()) if tag == "h2"]
    assert titles == [
        "Quick Reference",
        "Specifications",
        "Model Identifiers",
        "Code Examples",
        "Frequently Asked Questions",
        "Links",
    ]


@pytest.mark.django_db
def test_figures_of_one_report_are_named_once_and_of_two_at_each():
    model = make_model()
    make_endpoint(model)
    make_reported_performance(model)
    make_reported_standing(model, "Red Fox")
    assert "Origin:" not in document_of()
    make_reported_standing(model, "Blue Fox", source="elsewhere.example")
    assert "- Origin: reported by elsewhere.example on 2026-11-01" in document_of()


@pytest.mark.django_db
def test_code_is_indented_so_that_its_comments_are_no_headings():
    make_model()
    assert "\n    # Response:\n" in document_of()


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (PriceSheet(metric="megapixel", amount_usd=Decimal("0.005")), "$0.0050/megapixel"),
        (PriceSheet(metric="image", amount_usd=Decimal("0.0150000")), "$0.015/image"),
        (PriceSheet(metric="image", amount_usd=Decimal("0.03")), "$0.030/image"),
        (PriceSheet(metric="image", amount_usd=Decimal("12")), "$12.000/image"),
        (PriceSheet(metric="image", amount_usd=Decimal("0.034"), conditions={"hd": True}), "$0.034/image (hd=true)"),
        (
            PriceSheet(metric="token", amount_usd=Decimal(40), unit_size=Decimal(1000000), direction="input"),
            "$40.00/1000000 tokens (input)",
        ),
    ],
)
def test_prices_are_written_as_cards_write_them(price, text):
    assert price_text(price) == text


@pytest.mark.django_db
def test_hostile_texts_survive_being_read_in_again(tmp_path):
    model = make_model(modes=["text-to-image"], input_modalities=["text"])
    CuratedImage.objects.create(model=model, prompt="A [red] fox <b>", url="https://pictures.example/1")
    ModelParameter.objects.create(
        model=model, name="style", description="As <lora:x> or \\\\[b] says.", modes=["text-to-image"]
    )
    document = document_of()
    card = tmp_path / "card.md"
    card.write_text(document, "utf-8")
    call_command("import_model_card", str(card), verbosity=0)
    assert document_of() == document
