"""The document the project came from, read figure by figure, and read again without a change."""

from collections import Counter
from decimal import Decimal

import pytest
from django.core.management import call_command

from providers.catalogue.rows import read_sheets
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE, ModelSheet
from tests.arena.factories import row_counts
from tests.facts.factories import seed_card

SLUG = "z-image-turbo"


@pytest.fixture
def sheet(db) -> ModelSheet:
    """What the rows hold after the seed was imported."""
    call_command("import_model_card", str(seed_card()), date="2026-11-23", verbosity=0)
    return read_sheets([SLUG])[SLUG]


def test_identity_and_limits(sheet: ModelSheet) -> None:
    assert (sheet.name, sheet.creator.slug, sheet.family.slug, sheet.status) == (
        "Z-Image Turbo",
        "alibaba",
        "z-image",
        "active",
    )
    assert (sheet.max_width_px, sheet.max_height_px) == (2048, 2048)
    assert sheet.modes == (TEXT_TO_IMAGE, IMAGE_EDIT)
    assert sheet.tags == ("image-generation", "text-to-image", "fast", "open-weights")
    assert (sheet.input_modalities, sheet.output_modalities) == (("text", "image"), ("image",))


def test_every_parameter_with_group_type_and_provider(sheet: ModelSheet) -> None:
    assert len(sheet.parameters) == 21
    assert Counter(p.group for p in sheet.parameters) == {
        "core": 2,
        "size": 3,
        "media": 1,
        "output": 4,
        "additional": 11,
    }
    by_name = {p.name: p for p in sheet.parameters}
    assert by_name["n"].default == 1
    assert by_name["acceleration"].values == ("high", "none", "regular")
    assert by_name["acceleration"].description == "The acceleration level to use."
    assert by_name["image"].required_modes == (IMAGE_EDIT,)
    assert set(by_name["prompt"].required_modes) == {IMAGE_EDIT, TEXT_TO_IMAGE}
    through = {name: p.only_through for name, p in by_name.items() if p.only_through}
    assert Counter(through.values()) == {"fal": 4, "replicate": 4}
    assert by_name["num_inference_steps"].only_through == ""


def test_endpoints_and_prices(sheet: ModelSheet) -> None:
    keys = [endpoint.key for endpoint in sheet.endpoints]
    assert keys == ["fal/z-image-turbo-edit", "fal/z-image-turbo", "alibaba/z-image-turbo", "replicate/z-image-turbo"]
    edit, _, alibaba, replicate = sheet.endpoints
    assert (edit.modes, edit.provider.name) == ((IMAGE_EDIT,), "fal.ai")
    assert [(p.metric, p.amount_usd, p.condition_stated) for p in edit.prices] == [
        ("megapixel", Decimal("0.0050"), True)
    ]
    assert [(p.amount_usd, p.condition_stated) for p in alibaba.prices] == [
        (Decimal("0.015"), False),
        (Decimal("0.030"), False),
    ]
    assert len(replicate.notes) == 2


def test_reported_figures(sheet: ModelSheet) -> None:
    reported = sheet.reported
    assert (reported.source, str(reported.reported_on)) == ("api.lumenfall.ai", "2026-11-23")
    fal, alibaba = reported.performance
    assert (fal.p50_ms, fal.p95_ms, fal.average_ms, fal.requests) == (2169, 7485, 3418, 20)
    assert (alibaba.success_percent, alibaba.ttfb_p95_ms, alibaba.requests) == (Decimal("75.3"), 55626, 89)
    kinds = Counter(row.kind for row in reported.standings)
    assert kinds == {"competition": 12, "category": 6}
    totals = [
        sum(getattr(row, name) for row in reported.standings if row.kind == "competition")
        for name in ("wins", "losses", "ties")
    ]
    assert totals == [101, 152, 29]
    assert [row.title for row in reported.standings].count("Fantasy Warrior") == 2
    assert all(row.image_url.startswith("https://assets.") for row in reported.standings if row.kind == "competition")
    assert [row.mode for row in reported.standings if row.kind == "category"] == [TEXT_TO_IMAGE] * 4 + [IMAGE_EDIT] * 2


def test_prose_is_markdown_again_and_names_no_other_site(sheet: ModelSheet) -> None:
    assert sheet.about.startswith("## Overview\n")
    assert [line for line in sheet.about.splitlines() if line.startswith("## ")] == [
        "## Overview",
        "## Strengths",
        "## Limitations",
        "## Technical Background",
        "## Best For",
    ]
    assert sum(line.startswith("* **") for line in sheet.about.splitlines()) == 7
    assert "lumenfall" not in sheet.about.lower()
    assert "{{ site }}" in sheet.about
    assert sheet.example_prompt.endswith("soft-focus background.")
    assert len(sheet.curated_images) == 4


def test_a_second_import_changes_nothing(sheet: ModelSheet, capsys: pytest.CaptureFixture[str]) -> None:
    before = row_counts()
    call_command("import_model_card", str(seed_card()))
    assert capsys.readouterr().out.strip() == f"{SLUG}: nothing to do"
    assert row_counts() == before
    assert read_sheets([SLUG])[SLUG] == sheet


def test_importing_creates_no_competitions_samples_or_votes(sheet: ModelSheet) -> None:
    assert {name: n for name, n in row_counts().items() if name.startswith("arena.") and n} == {}
