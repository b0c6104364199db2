"""Cards of either form read alike; a malformed one is refused by section and item with nothing written."""

import os
import subprocess
import sys
import threading
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from providers.catalogue.card import CardError, read_card
from providers.catalogue.card.prose import restore_markdown
from providers.catalogue.exchange import import_model_card
from providers.catalogue.rows import read_sheets
from providers.models import Endpoint, EndpointParameter, ImageModel, ReportedPerformance
from tests.arena.factories import row_counts

CARDS = Path(__file__).resolve().parents[1] / "data" / "cards"
LINES = (CARDS / "glasswing-2.llms.txt").read_text()
FLAT = (CARDS / "glasswing-2.flat.llms.txt").read_text()
SLUG = "glasswing-2"
ROOT = Path(__file__).resolve().parents[2]


def flat_of(text: str) -> str:
    return " ".join(text.split())


def test_both_forms_read_alike() -> None:
    flat, lines = read_card(FLAT), read_card(LINES)
    assert flat.performance == lines.performance
    assert flat.standings == lines.standings
    assert flat_of(flat.sheet.about) == flat_of(lines.sheet.about)
    for field in (
        "slug",
        "aliases",
        "status",
        "sunset_on",
        "parameters",
        "endpoints",
        "curated_images",
        "tags",
        "modes",
    ):
        assert getattr(flat.sheet, field) == getattr(lines.sheet, field), field


@pytest.mark.parametrize(
    ("flattened", "restored"),
    [
        ("## House Notes Ask for north light.", "## House Notes\n\nAsk for north light."),
        ("## Use Cases The model paints.", "## Use Cases\n\nThe model paints."),
        ("## Tips for Portraits Keep it still.", "## Tips for Portraits\n\nKeep it still."),
        ("## House Notes * One. * Two.", "## House Notes\n\n* One.\n* Two."),
    ],
)
def test_an_unusual_heading_ends_where_its_sentence_begins(flattened: str, restored: str) -> None:
    assert restore_markdown(flattened) == restored


def test_values_are_typed() -> None:
    sheet = read_card(LINES).sheet
    by_name = {parameter.name: parameter for parameter in sheet.parameters}
    assert (sheet.status, sheet.sunset_on) == ("deprecated", date(2027, 3, 31))
    assert sheet.aliases == ("glasswing-two", "glasswing-latest")
    assert (by_name["seed"].default, by_name["seed"].description) == (7, "Repeat a picture; 0 to 99.")
    assert by_name["warmth"].values == (0, 0.5, 1.5)
    assert by_name["draft"].default is False
    assert [price.unit_size for e in sheet.endpoints for price in e.prices] == [Decimal(1), Decimal(1_000_000), 1, 1]


FAULTS = {
    "no model id": ("- Model ID: glasswing-2\n", "", "Quick Reference", "Model ID"),
    "unknown status": ("Status: deprecated", "Status: retired", "Quick Reference", "Status"),
    "bad sunset": ("Sunset: 2027-03-31", "Sunset: 2027-02-31", "Quick Reference", "Sunset"),
    "sunset of an active model": ("Status: deprecated", "Status: active", "Quick Reference", "Sunset"),
    "broken base address": ("https://api.cardhouse.example/openai", "https://[api", "Quick Reference", "Base URL"),
    "bad size": ("Max Resolution: 1536x1024", "Max Resolution: huge", "Specifications", "Max Resolution"),
    "size zero": ("Max Resolution: 1536x1024", "Max Resolution: 0x1024", "Specifications", "max_width_px"),
    "unknown modality": ("Input Modalities: text, image", "Input Modalities: text, smell", "Specifications", "Input"),
    "unknown mode": ("Modes: Text to Image, Image Edit", "Modes: Text to Video", "Specifications", "Supported Modes"),
    "unknown type": ("`seed` (integer)", "`seed` (whole)", "API Parameters", "seed"),
    "default of wrong type": ("Default: 7.", "Default: seven.", "API Parameters", "seed"),
    "unknown group": ("### Media Inputs", "### Media Outputs", "API Parameters", "Media Outputs"),
    "parameter twice": ("- `draft`", "- `seed`", "API Parameters", "seed"),
    "unreadable price": ("$0.0040/megapixel", "cheap", "Available Providers", "Orchard Cloud, Pricing"),
    "unknown metric": ("$0.0040/megapixel", "$0.0040/furlong", "Available Providers", "Orchard Cloud, Pricing"),
    "key twice": ("orchard/glasswing-2-edit\n", "orchard/glasswing-2\n", "Available Providers", "orchard/glasswing-2"),
    "no key": ("- Config Key: kiln/gw2\n", "", "Available Providers", "Config Key"),
    "bad milliseconds": ("1840ms", "quick", "Performance Metrics", "Median Generation Time"),
    "over 100 %": ("98.4%", "198.4%", "Performance Metrics", ""),
    "figures of a stranger": ("### kiln\n", "### nobody\n", "Performance Metrics", "nobody"),
    "record that does not add up": (
        "5W / 3L / 2T (10 battles)",
        "5W / 3L / 2T (11 battles)",
        "Arena Benchmarks",
        "Record",
    ),
    "rank beyond the board": ("#2 of 6\n", "#7 of 6\n", "Arena Benchmarks", "Rank"),
    "category without mode": ("(Image Editing)", "", "Use Cases & Category Performance", "Restoration"),
    "other primary slug": ("Primary Slug: glasswing-2", "Primary Slug: glasswing", "Model Identifiers", "Primary Slug"),
    "section twice": ("## Tags\n", "## Specifications\n", "Specifications", ""),
    "unknown section": ("## Tags\n", "## Horoscope\n", "Horoscope", ""),
    "picture without link": ("](https://pictures.example/b.jpg)", "]", "Image Gallery", ""),
}


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["lines", "flat"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_malformed_card_is_refused_with_place_and_nothing_written(fault: str, form: str) -> None:
    old, new, section, item = FAULTS[fault]
    card = LINES if form == "lines" else FLAT
    if form == "flat":
        old, new = old.replace("\n", " "), new.replace("\n", " ")
    assert old in card, "the place of the fault must be in the card"
    before = row_counts()
    with pytest.raises(CardError) as refusal:
        import_model_card(card.replace(old, new, 1))
    assert section in str(refusal.value)
    assert item in str(refusal.value)
    assert row_counts() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"# A\x00", "zero|NUL|control|Quick"),
        (b"# Title only", "Quick Reference"),
        (b"x" * (1 << 20 | 1), "1 MiB"),
        (b"<html><body>not found</body></html>", "Title|title"),
    ],
    ids=["empty", "not utf-8", "zero byte", "title only", "too large", "html"],
)
def test_what_is_no_card_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "card.txt").write_bytes(content)
    before = row_counts()
    with pytest.raises(CommandError, match=said) as refusal:
        call_command("import_model_card", str(tmp_path / "card.txt"))
    assert "card.txt" in str(refusal.value)
    assert row_counts() == before


def test_an_endless_card_is_refused_while_it_streams(tmp_path: Path) -> None:
    pipe = tmp_path / "endless"
    os.mkfifo(pipe)

    def pour() -> None:
        try:
            with pipe.open("wb") as stream:
                for _ in range(4096):
                    stream.write(b"# " + b"a" * (1 << 16))
        except BrokenPipeError:
            pass

    threading.Thread(target=pour, daemon=True).start()
    program = (
        "import resource, sys\nfrom providers.catalogue.errors import read_document\n"
        "from providers.catalogue.errors import DocumentError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_document(sys.argv[1])\nexcept DocumentError as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(pipe)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    said, growth_kib = done.stdout.strip().splitlines()
    assert "1 MiB" in said
    assert int(growth_kib) < 64 * 1024


@pytest.mark.django_db
def test_a_plan_writes_nothing() -> None:
    before, out = row_counts(), StringIO()
    call_command("import_model_card", str(CARDS / "glasswing-2.llms.txt"), "--plan", stdout=out)
    assert "create model glasswing-2" in out.getvalue()
    assert row_counts() == before


@pytest.mark.django_db
def test_a_card_leaves_alone_what_it_cannot_say() -> None:
    import_model_card(LINES)
    model = ImageModel.objects.get(slug=SLUG)
    ImageModel.objects.filter(pk=model.pk).update(released_on=date(2026, 1, 2))
    endpoint = Endpoint.objects.get(key="orchard/glasswing-2")
    EndpointParameter.objects.create(
        endpoint=endpoint, name="native", group="additional", type="string", modes=["text-to-image"]
    )
    endpoint.prices.update(verified_on=date(2026, 10, 1), pixels_per_megapixel=1_048_576)
    kiln = Endpoint.objects.get(key="kiln/gw2")
    for price, quality in zip(kiln.prices.all(), ("draft", "fine"), strict=True):
        price.conditions, price.condition_stated = {"quality": quality}, True
        price.save()
    before = read_sheets([SLUG])[SLUG]

    assert import_model_card(FLAT).lines() == (f"{SLUG}: nothing to do",)
    assert read_sheets([SLUG])[SLUG] == before


@pytest.mark.django_db
def test_same_figures_keep_source_and_day_and_new_ones_take_the_new() -> None:
    import_model_card(LINES, source="first", reported_on=date(2026, 1, 1))
    import_model_card(LINES, source="second", reported_on=date(2026, 2, 2))
    assert set(ReportedPerformance.objects.values_list("source", flat=True)) == {"first"}
    import_model_card(LINES.replace("1840ms", "1900ms"), source="second", reported_on=date(2026, 2, 2))
    assert set(ReportedPerformance.objects.values_list("source", flat=True)) == {"second"}


@pytest.mark.django_db
def test_a_card_of_this_very_site_reports_nothing(settings) -> None:
    settings.SITE_URL = "https://api.cardhouse.example"
    import_model_card(LINES)
    assert not ReportedPerformance.objects.exists()


@pytest.mark.django_db
def test_prose_names_this_site_and_not_the_one_it_came_from() -> None:
    import_model_card(LINES)
    about = ImageModel.objects.get(slug=SLUG).about
    assert "{{ site }} shows it beside other models" in about
    assert "Cardhouse" not in about


@pytest.mark.django_db
def test_another_lumenboards_card_reads_with_its_extra_lines() -> None:
    extra = "- Elo: 1103\n- Elo Interval: 1050 to 1156 (95%)\n- Rank Range: #1 to #4\n- Origin: measured here\n"
    unranked = (
        "## Arena Benchmarks\n\n"
        "### Image Editing (overall)\n\n- Record: 1W / 0L / 0T (1 battles)\n- Origin: measured here\n\n"
        "### Newcomer\n\n- Elo: 1012\n- Record: 1W / 0L / 0T (1 battles)\n- Origin: measured here\n"
    )
    card = LINES.replace("- Elo: 1103\n", extra, 1).replace("## Arena Benchmarks\n", unranked, 1)
    assert read_card(card).standings == read_card(LINES).standings
