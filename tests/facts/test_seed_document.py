"""A model card comes out as it went in, token by token, but for the deliberate differences listed here."""

import re

import pytest
from django.core.management import call_command

from lumenboard.facts import rows
from lumenboard.facts.assembly import model_facts
from lumenboard.facts.markdown import SECTION_TITLES, model_markdown
from tests.facts.factories import seed_card

SLUG = "z-image-turbo"
SITE = "https://arena.example"

# What the document has, what ours has in its place, and how often. Our own site name and addresses:
ADDRESSES = [
    ("https://api.lumenfall.ai/openai/v1", f"{SITE}/openai/v1", 7),
    ("https://lumenfall.ai/models/", f"{SITE}/models/", 8),
    ("https://docs.lumenfall.ai", f"{SITE}/api/v1/docs", 1),
    ("`GET /v1/models/", "`GET /api/v1/models/", 1),
    ("$LUMENFALL_API_KEY", "$LUMENBOARD_API_KEY", 2),
    ("Lumenfall’s", "Lumen Test’s", 1),
]
# The document's slips: double full stops. The price said of an image and meant of a megapixel stands in the questions.
SLIPS = [(".. ", ". ", 5)]
# Links to pages that are not built yet.
NOT_BUILT = [(f"- Playground: https://lumenfall.ai/playground?model={SLUG} ", "", 1)]
# The questions are kept, the answers are in our words and must hold these facts.
ANSWERS = {
    "How much does Z-Image Turbo cost?": ["$0.00524288", "1024x1024", "fal.ai", "adds nothing"],
    "How do I use Z-Image Turbo via API?": ["OpenAI", f'"{SLUG}"', "Python", "JavaScript", "cURL"],
    "Which providers offer Z-Image Turbo?": ["fal.ai", "Alibaba Cloud", "Replicate"],
    "What is the maximum resolution for Z-Image Turbo?": ["2048x2048"],
}
FAQ = "## Frequently Asked Questions"


@pytest.fixture
def document(db, settings):
    """Our document of the imported card."""
    settings.SITE_URL, settings.SITE_NAME = SITE, "Lumen Test"
    call_command("import_model_card", str(seed_card()), date="2026-11-23", verbosity=0)
    return model_markdown(model_facts(rows.find_model(SLUG)))


def one_line(text):
    return " ".join(text.split())


def with_deliberate_differences(text):
    for theirs, ours, times in [*NOT_BUILT, *ADDRESSES, *SLIPS]:
        assert text.count(theirs) == times, f"{theirs!r} stands {text.count(theirs)} times"
        text = text.replace(theirs, ours)
    return text


def without_answers(text):
    """The text with each answer cut out, and the answers by question."""
    head, _, rest = text.partition(f"{FAQ} ")
    faq, _, links = rest.partition(" ## Links ")
    answers = {}
    for part in faq.removeprefix("### ").split(" ### "):
        question, mark, answer = part.partition("? ")
        answers[question + mark.strip()] = answer
    return f"{head}{FAQ} {' '.join(answers)} ## Links {links}".split(), answers


def test_every_token_of_the_card_comes_back_in_its_order(document):
    theirs, _ = without_answers(with_deliberate_differences(one_line(seed_card().read_text("utf-8"))))
    ours, _ = without_answers(one_line(document))
    first = next((at for at, (a, b) in enumerate(zip(theirs, ours, strict=False)) if a != b), None)
    assert first is None, (
        f"card: {' '.join(theirs[first - 5 : first + 10])}\nours: {' '.join(ours[first - 5 : first + 10])}"
    )
    assert len(ours) == len(theirs)


def test_the_questions_are_the_same_and_the_answers_hold_the_facts(document):
    _, theirs = without_answers(one_line(seed_card().read_text("utf-8")))
    _, ours = without_answers(one_line(document))
    assert list(ours) == list(theirs) == list(ANSWERS)
    for question, facts in ANSWERS.items():
        assert [fact for fact in facts if fact not in ours[question]] == []


def test_the_answers_are_not_the_card_s_sentences(document):
    _, theirs = without_answers(one_line(seed_card().read_text("utf-8")))
    _, ours = without_answers(one_line(document))
    sentences = {sentence for answer in theirs.values() for sentence in re.split(r"(?<=\.) ", answer)}
    assert [sentence for sentence in sentences if sentence in " ".join(ours.values())] == []


def test_the_reported_figures_are_said_to_be_reported(document):
    _, answers = without_answers(one_line(document))
    assert "reported by api.lumenfall.ai on 2026-11-23" in answers["Which providers offer Z-Image Turbo?"]


def test_sections_stand_on_lines_of_their_own_in_the_fixed_order(document):
    about = document.index("\n## About\n"), document.index(f"\n{FAQ}\n")
    outside = document[: about[0] + 10] + document[about[1] :]
    assert re.findall(r"^## (.+)$", outside, re.MULTILINE) == list(SECTION_TITLES)


def test_importing_the_result_again_changes_nothing(document, tmp_path, capsys):
    card = tmp_path / "ours.md"
    card.write_text(document, "utf-8")
    call_command("import_model_card", str(card))
    assert model_markdown(model_facts(rows.find_model(SLUG))) == document
    out = capsys.readouterr().out
    assert not re.search(r"\b(create|change|delete|update|remove)\b", out), out


def test_importing_the_flattened_result_again_changes_nothing(document, tmp_path):
    card = tmp_path / "ours.txt"
    card.write_text(one_line(document), "utf-8")
    call_command("import_model_card", str(card), verbosity=0)
    assert model_markdown(model_facts(rows.find_model(SLUG))) == document


def test_the_card_itself_imported_again_changes_nothing(document):
    call_command("import_model_card", str(seed_card()), date="2026-11-23", verbosity=0)
    assert model_markdown(model_facts(rows.find_model(SLUG))) == document
