"""Catalogue files: what they say is read exactly, what is wrong in them is named, and all or nothing is written."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from providers.catalogue.errors import CatalogueError, DocumentError, SheetError
from providers.catalogue.files import read_sheet, write_toml
from providers.catalogue.rows import read_sheets
from providers.models import ImageModel
from tests.arena.factories import row_counts
from tests.catalogue.factories import DEMO, EXAMPLE, full_sheet, make_sheet, store


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def refusal(text: str, is_json: bool = False) -> str:
    with pytest.raises(CatalogueError) as refused:
        read_sheet(text, origin="a.file", is_json=is_json)
    return str(refused.value)


def test_the_documented_example_says_what_it_says() -> None:
    sheet = full_sheet()
    (endpoint,) = sheet.endpoints
    assert (sheet.slug, sheet.status, sheet.sunset_on) == ("heron-2", "deprecated", date(2027, 6, 30))
    assert sheet.about == "## Overview\n\nHeron 2 draws quickly and reads short lettering.\n"
    assert (endpoint.provider.name, endpoint.prices[0].amount_usd) == ("fal.ai", Decimal("0.005"))
    assert endpoint.parameters[0].values == ("standard", "high")
    assert [parameter.default for parameter in sheet.parameters] == [None, True]
    assert sheet.reported.performance[0].success_percent == Decimal("99.1")
    assert sheet.reported.standings[0].title == "Lettering"


def test_json_of_the_same_shape_reads_alike() -> None:
    text = """{"format": 1, "slug": "heron", "name": "Heron", "creator": {"slug": "marsh-labs", "name": "Marsh Labs"},
        "status": "deprecated", "sunset_on": "2027-06-30", "endpoints": [{"key": "fal/heron", "provider_model_id": "h",
        "provider": {"slug": "fal", "name": "fal.ai"}, "modes": ["image-edit"],
        "prices": [{"metric": "image", "amount_usd": "0.04", "valid_from": "2026-01-01T01:00:00+01:00"}]}]}"""
    sheet = read_sheet(text, origin="heron.json", is_json=True)
    assert sheet.sunset_on == date(2027, 6, 30)
    assert sheet.endpoints[0].prices[0].valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert read_sheet(write_toml(sheet), origin="heron.toml") == sheet


FAULTS = {
    "an unknown key": ("tagline =", "tagine =", "tagine: unknown key; allowed: did you mean tagline?"),
    "an unknown key far down": ("rounding =", "roundin =", "endpoints[1].prices[1].roundin: unknown key"),
    "an unknown table": ("[family]", "[line]", "line: unknown key; allowed: "),
    "a missing name": ('name = "Heron 2"\n', "", "name: missing; allowed: a value is required here"),
    "a missing format": ("format = 1\n", "", "format: missing; allowed: 1"),
    "another format": ("format = 1", "format = 2", "format: 2; allowed: 1"),
    "a format that is only true": ("format = 1", "format = true", "format: True; allowed: 1"),
    "a number for a text": ('name = "Heron 2"', "name = 2", "name: 2; allowed: text in quotes"),
    "a text for a list": ('tags = ["fast", "open-weights"]', 'tags = "fast"', "tags: 'fast'; allowed: a list"),
    "a number in a list": ('["fast", "open-weights"]', '["fast", 7]', "tags[2]: 7; allowed: text in quotes"),
    "a text for a number": ("max_width_px = 2048", 'max_width_px = "2048"', "max_width_px: '2048'; allowed: a whole"),
    "true for a number": ("max_width_px = 2048", "max_width_px = true", "max_width_px: True; allowed: a whole number"),
    "a float for money": (
        'amount_usd = "0.005"',
        "amount_usd = 0.005",
        "prices[1].amount_usd: 0.005; allowed: a decimal",
    ),
    "words for money": (
        'amount_usd = "0.005"',
        'amount_usd = "cheap"',
        "prices[1].amount_usd: 'cheap'; allowed: a dec",
    ),
    "no number for money": ('amount_usd = "0.005"', 'amount_usd = "NaN"', "prices[1].amount_usd: 'NaN'; allowed"),
    "money without end": (
        'amount_usd = "0.005"',
        'amount_usd = "1e999999"',
        "prices[1].amount_usd: '1e999999'; allowed",
    ),
    "a day that is none": (
        "sunset_on = 2027-06-30",
        'sunset_on = "soon"',
        "sunset_on: 'soon'; allowed: a date such as",
    ),
    "a table for a text": ('slug = "heron-2"', "slug = {}", "slug: {}; allowed: text in quotes"),
    "a text for a table": (
        'provider = { slug = "fal", name = "fal.ai" }',
        'provider = "fal"',
        "provider: 'fal'; allowed",
    ),
    "a sunset of an active model": ('"deprecated"', '"active"', "sunset_on: '2027-06-30'; allowed: a date only where"),
    "a successor of itself": (
        'status = "dep',
        'successor = "heron-latest"\nstatus = "dep',
        "successor: 'heron-latest'; allowed: another",
    ),
    "a sunset of a strange alias": (
        'status = "dep',
        'alias_sunsets = [{ slug = "x", sunset_on = 2027-01-01 }]\nstatus = "dep',
        "alias_sunsets[1].slug: 'x'; allowed: one of the aliases",
    ),
    "an unknown status": ('"deprecated"', '"retired"', "status: 'retired'; allowed: active, preview, deprecated"),
    "an unknown mode": ('modes = ["text-to-image", "image-edit"]', 'modes = ["video"]', "modes[1]: 'video'; allowed"),
    "a slug with a space": ('slug = "heron-2"', 'slug = "heron 2"', "slug: 'heron 2'; allowed: ASCII letters"),
    "its own slug as an alias": (
        '"heron-latest"',
        '"heron-2"',
        "aliases: 'heron-2 stands 2 times'; allowed: each slug once",
    ),
    "a tag with a comma": ('"fast", ', '"fast, cheap", ', "tags[1]: 'fast, cheap'; allowed: a tag without commas"),
    "a key of another": (
        'key = "fal/heron-2"',
        'key = "harbor/heron-2"',
        "endpoints[1].key: 'harbor/heron-2'; allowed",
    ),
    "a default of another type": (
        "default = true",
        'default = "yes"',
        "parameters[2].default: 'yes'; allowed: true or",
    ),
    "a negative price": ('"0.005"', '"-0.005"', "endpoints[1].prices[1].amount_usd: '-0.005'; allowed: 0 or more"),
    "a rank beyond the board": ("rank = 2", "rank = 10", "reported.standings[1].rank: '10'; allowed: 1 to 9"),
    "a link to script": ('source_url = "https:', 'source_url = "javascript:', "endpoints[1].source_url: 'javascript:"),
    "broken TOML": (
        'name = "Heron 2"',
        'name = "Heron 2',
        "a.file: is not TOML: Illegal character '\\n' (at line 3, column",
    ),
    "a key twice": (
        'name = "Heron 2"',
        'name = "a"\nname = "b"',
        "is not TOML: Cannot overwrite a value (at line 4, column",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_file_is_refused_by_file_and_field(fault: str) -> None:
    old, new, said = FAULTS[fault]
    assert old in EXAMPLE, "the place of the fault must be in the example"
    told = refusal(EXAMPLE.replace(old, new, 1))
    assert said in told
    assert told.startswith("a.file: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2"),
        ('{"format": 1, "slug": "a", "slug": "b"}', "is not JSON: the key 'slug' appears twice"),
        ('{"format": NaN}', "is not JSON: NaN is not a JSON number"),
        ("[]", "the document: a list; allowed: a table of fields"),
        ("[" * 100_000, "is not JSON: nested too deeply"),
        ("", "is not JSON: Expecting value: line 1 column 1"),
    ],
)
def test_wrong_json_is_refused_by_file_and_place(text: str, said: str) -> None:
    assert said in refusal(text, is_json=True)


def test_all_values_that_are_not_allowed_are_told_at_once() -> None:
    text = EXAMPLE.replace('"deprecated"', '"retired"').replace('"up"', '"sideways"').replace('"lettering"', '""')
    with pytest.raises(SheetError) as refused:
        read_sheet(text, origin="a.file")
    assert [problem.field for problem in refused.value.problems] == [
        "status",
        "sunset_on",
        "endpoints[1].prices[1].rounding",
    ]


@pytest.mark.django_db
def test_every_file_is_checked_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(write_toml(make_sheet("good")))
    (tmp_path / "b.toml").write_text(EXAMPLE.replace('"deprecated"', '"retired"'))
    (tmp_path / "c.toml").write_text("slug =")
    before = row_counts()
    with pytest.raises(CommandError) as refused:
        call_command("import_catalogue", str(tmp_path))
    told = str(refused.value)
    assert f"{tmp_path}/b.toml: status: 'retired'" in told
    assert f"{tmp_path}/c.toml: is not TOML" in told
    assert told.endswith("Nothing was written.")
    assert row_counts() == before


@pytest.mark.django_db
def test_two_files_of_one_model_are_refused(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(write_toml(make_sheet()))
    with pytest.raises(CommandError, match=r"b\.toml: slug: 'heron' is already given by .*a\.toml"):
        call_command("import_catalogue", str(tmp_path))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "byte 0 is not UTF-8"),
        (b"a = 1\nb = '\x00'", "line 2 holds the control"),
        (b" " * (1 << 20 | 1), "1 MiB"),
    ],
)
def test_what_is_no_text_of_a_bearable_size_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(CommandError, match=said) as refused:
        call_command("import_catalogue", str(tmp_path / "a.toml"))
    assert "a.toml" in str(refused.value)


@pytest.mark.django_db
def test_paths_without_catalogue_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    for path, said in (
        (tmp_path, "holds no catalogue file"),
        (tmp_path / "notes.txt", "is not a catalogue file; allowed: names that end in .toml or .json"),
        (tmp_path / "none.toml", "cannot be read (No such file or directory)"),
    ):
        with pytest.raises(CommandError) as refused:
            call_command("import_catalogue", str(path))
        assert f"{path}: {said}" in str(refused.value)


@pytest.mark.django_db
def test_a_whole_catalogue_goes_out_and_comes_back_unchanged(tmp_path: Path) -> None:
    run("import_catalogue", str(DEMO))
    store(full_sheet())
    counts, sheets = row_counts(), read_sheets()
    assert "22 models written" in run("export_catalogue", str(tmp_path / "one"))
    lines = run("import_catalogue", str(tmp_path / "one")).splitlines()
    assert {line.partition(": ")[2] for line in lines[:-1]} == {"nothing to do"}
    assert lines[-1] == "0 of 22 models changed."
    assert (row_counts(), read_sheets()) == (counts, sheets)

    run("export_catalogue", str(tmp_path / "two"))
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert first == second
    for path in DEMO.iterdir():
        assert first[path.name] == path.read_bytes(), "the demo's own files are as an export writes them"

    ImageModel.objects.all().delete()
    run("import_catalogue", str(tmp_path / "one"))
    assert read_sheets() == sheets


@pytest.mark.django_db
def test_an_export_of_an_unknown_model_writes_nothing(tmp_path: Path) -> None:
    store(make_sheet())
    with pytest.raises(CommandError, match="no model has the slug 'nobody'; nothing was written"):
        call_command("export_catalogue", str(tmp_path / "out"), "--model", "heron", "--model", "nobody")
    assert not (tmp_path / "out").exists()
    run("export_catalogue", str(tmp_path / "out"), "--model", "heron")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["heron.toml"]


@pytest.mark.django_db
def test_an_export_says_when_it_cannot_write(tmp_path: Path) -> None:
    store(make_sheet())
    (tmp_path / "taken").touch()
    with pytest.raises(CommandError, match="taken: cannot be written"):
        call_command("export_catalogue", str(tmp_path / "taken"))


@pytest.mark.django_db
def test_reported_figures_stay_where_a_file_says_nothing_of_them() -> None:
    store(full_sheet())
    store(full_sheet(reported=None))
    assert read_sheets()["heron-2"] == full_sheet()
    other = replace(full_sheet().reported, standings=())
    store(full_sheet(reported=other))
    assert read_sheets()["heron-2"].reported == other


def test_the_document_error_is_a_refusal_of_the_catalogue() -> None:
    assert issubclass(DocumentError, CatalogueError)
