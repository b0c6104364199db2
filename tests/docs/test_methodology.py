"""The program of docs/methodology.md really finds the digest of a board from its votes."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from arena.rating.tallies import OUTCOMES, Tallies
from tests.docs.pages import ROOT

VOTES = (
    ("Alder", "Birch", "left"),
    ("Birch", "Alder", "right"),
    ("Alder", "Birch", "left"),
    ("Cedar Two", "Birch", "both_bad"),
    ("Birch", "Cedar Two", "tie"),
)
SLUGS = {"Alder": "zz-alder", "Birch": "birch", "Cedar Two": "cedar-two"}


def program() -> str:
    text = (ROOT / "docs/methodology.md").read_text()
    (found,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(found)


def digest() -> str:
    counts = Counter(VOTES)
    pairs = {vote[:2] for vote in VOTES}
    rows = [
        (SLUGS[left], SLUGS[right], *(counts[left, right, outcome] for outcome in OUTCOMES)) for left, right in pairs
    ]
    return Tallies.from_rows(rows).digest


def run(folder: Path, published: str) -> str:
    board = {"digest": published, "standings": [{"model": name, "slug": slug} for name, slug in SLUGS.items()]}
    (folder / "board.json").write_text(json.dumps(board))
    with (folder / "votes.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("left", "right", "winner"), *VOTES])
    arguments = [sys.executable, "-c", program(), "board.json", "votes.csv"]
    return subprocess.run(arguments, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_program_agrees_with_a_published_digest(tmp_path: Path) -> None:
    assert run(tmp_path, digest()) == f"same {digest()}\n"


def test_the_program_tells_a_digest_of_other_votes(tmp_path: Path) -> None:
    assert run(tmp_path, "0" * 64).startswith("different ")
