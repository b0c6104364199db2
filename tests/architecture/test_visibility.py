"""Whatever answers strangers reaches competitions and what hangs on them through the rule of who may see what."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.test_layers import ROOT

# what a stranger's question runs through; pages of operations have their own guard
PUBLIC = (
    "arena/client.py",
    *(f"lumenboard/{folder}/**/*.py" for folder in ("pages", "facts", "api/tables", "gateway")),
    *(f"arena/boards/{name}.py" for name in ("api/*", "table", "changes", "head_to_head", "races")),
    *(f"arena/voting/{name}.py" for name in ("views", "battle_images", "own_votes")),
)
ROWS = {"Board", "Category", "Competition", "Creator", "Entry", "ImageModel", "StoredImage"}
RULES = {"public", "visible_to", "pictured", "of_snapshot"}
EXEMPT = {
    "arena/voting/battle_images.py": "pictures of a battle that passed shown_battle",
    "lumenboard/pages/playground/page.py": "models with an endpoint are public; writes an operator's draft",
    "lumenboard/pages/boards/my_board.py": "models of battles that passed shown_battle",
    "lumenboard/pages/site/gallery.py": "models of pictured entries",
    "lumenboard/pages/models/listing.py": "creators counted by their public models",
    "lumenboard/facts/listing.py": "narrows public models",
}


def public_files() -> list[Path]:
    found = {path for pattern in PUBLIC for path in ROOT.glob(pattern)}
    return sorted(path for path in found if "operator" not in path.parts)


def unguarded(source: str) -> Iterator[str]:
    """`Entry.objects.filter` and the like, and entries reached from a competition: neither asks who may see."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Attribute):
            continue
        owner = node.value
        if owner.attr == "objects" and isinstance(owner.value, ast.Name) and owner.value.id in ROWS:
            if node.attr not in RULES:
                yield f"{owner.value.id}.objects.{node.attr}, line {node.lineno}"
        elif owner.attr == "entries" and node.attr in {"all", "filter", "exclude", "select_related"}:
            yield f"entries.{node.attr}, line {node.lineno}"


@pytest.mark.parametrize("path", public_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_public_pages_ask_who_may_see(path: Path) -> None:
    found = list(unguarded(path.read_text(encoding="utf-8")))
    if str(path.relative_to(ROOT)) in EXEMPT:
        assert found, "needs no exemption any more"
    else:
        assert found == []


def test_the_check_finds_what_it_looks_for() -> None:
    assert list(unguarded("Entry.objects.filter(x=1)\nfound.entries.all()\nBoard.objects.public()")) == [
        "Entry.objects.filter, line 1",
        "entries.all, line 2",
    ]
