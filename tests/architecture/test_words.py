"""Words that were given up stay out of names, comments and docstrings; sentences shown to readers are theirs alone.

What is meant by them has names of its own: `to_dict`, `message`, `stored`, `RequestSpec`, `check`, `heartbeat`,
`lower bound`, `space`, `entry point`, `project`.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RETIRED = frozenset(
    (
        *("told", "kept", "unkept", "wish", "wishes", "wished", "tend", "tends", "tended", "keeper", "keepers"),
        *("sing", "sings", "sung", "canary", "canaries", "floor", "floors", "room", "rooms", "door", "doors"),
        *("house", "houses"),
    )
)
# Plain English.
PLAIN = re.compile(r"told apart|room for", re.IGNORECASE)
# Functions of libraries.
CALLED = frozenset({"floor"})
# Pictures of houses have doors.
LEFT_OUT = ("migrations", "painting")
# How often an app may still use a word; none may be used more.
LEFT: dict[str, dict[str, int]] = {
    "arena": {"kept": 67, "told": 27, "floor": 8, "room": 12, "tend": 1},
    "providers": {"kept": 58, "room": 18, "told": 5},
    "lumenboard": {"room": 2},
}


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Names, comments and docstrings with their lines."""
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in {tokenize.NAME, tokenize.COMMENT} and token.string not in CALLED:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=False)
            if text:
                yield getattr(node, "lineno", 1), text


def words(text: str) -> set[str]:
    """Lower case, names taken apart at underscores and capitals."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", PLAIN.sub(" ", text))
    return set(re.findall(r"[a-z]+", spaced.lower()))


def retired(app: str) -> dict[str, list[str]]:
    """Where each retired word still stands."""
    places: dict[str, list[str]] = {}
    for path in sorted((ROOT / app).rglob("*.py")):
        if set(LEFT_OUT) & set(path.parts):
            continue
        for line, text in [(1, path.stem), *texts(path)]:
            for word in words(text) & RETIRED:
                places.setdefault(word, []).append(f"{path.relative_to(ROOT)}:{line}")
    return places


@pytest.mark.parametrize("app", LEFT)
def test_retired_words_stay_gone(app: str) -> None:
    places = retired(app)
    assert {word: where for word, where in places.items() if len(where) > LEFT[app].get(word, 0)} == {}
