"""What the pages name exists: links, files, commands, targets; and nothing names a machine."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from lumenboard.embedded.command_line import STACK_COMMANDS
from tests.docs.pages import LINK, ROOT, code_spans, documents, name_of

TOP = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") or path.name == ".ci"}
FILE = re.compile(r"^[\w./-]+\.(?:py|md|toml|yml|css|js|html|csv|json|txt)$|^[\w.-]+(?:/[\w.-]+)*/$")
# Made by running, so absent from a fresh clone.
MADE = ("docs/screenshots/", "var/")
PAGES = documents()


@pytest.fixture(params=PAGES, ids=name_of)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def anchor(heading: str) -> str:
    """The name a heading gets as a link target."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(line.lstrip("#")) for line in page.read_text().splitlines() if re.match(r"#{1,6} ", line)}


def test_there_are_pages() -> None:
    assert {"README.md", "CHANGELOG.md", "docs/architecture.md"} <= {name_of(page) for page in PAGES}


def test_every_relative_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in LINK.findall(page.read_text()):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        target, _, section = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        if path.parent == ROOT / "docs/screenshots" and not any(path.parent.glob("*.webp")):
            continue
        if not path.exists() or (section and path.suffix == ".md" and section not in anchors(path)):
            dead.append(link)
    assert dead == []


def test_every_file_of_the_repository_that_is_named_exists(page: Path) -> None:
    if page.parent == ROOT / "docs/decisions":
        pytest.skip("a record names files as they were called on its day")
    named = {span for span in code_spans(page.read_text()) if FILE.match(span) and span.split("/")[0] in TOP}
    missing = [name for name in named if not name.startswith(MADE) and not (ROOT / name).exists()]
    assert missing == []


def test_every_command_named_is_one(page: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text()))
    assert named - set(get_commands()) - set(STACK_COMMANDS) == set()


def test_every_make_target_named_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    named = set(re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)", text))
    named |= set(re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", text, re.MULTILINE))
    assert named - targets == set()


def test_no_page_names_a_machine_or_a_package_index(page: Path) -> None:
    machine = r"(?<![\w.])/(?:home|root|work|Users|tmp)/\w+"
    index = r"index-url|find-links|https?://[^\s)]*(?:/simple\b|registry\.|/packages/)"
    assert re.findall(f"{machine}|{index}", page.read_text()) == []


def test_every_decision_record_has_its_four_parts() -> None:
    parts = ["## Context", "## Decision", "## Rejected", "## Consequences"]
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    wrong = [
        name_of(record)
        for record in records
        if [line for line in record.read_text().splitlines() if line.startswith("## ")] != parts
    ]
    assert wrong == []
    assert [record.name[:4] for record in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
