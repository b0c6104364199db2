"""The written pages of the repository, and what is named in them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    """Every Markdown page that belongs to the repository."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("README.md")])


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def code_spans(text: str) -> list[str]:
    """Inline code; fenced blocks are left out."""
    return CODE.findall(FENCE.sub("", text))


def printed(heading: str, page: str = "operations.md") -> list[str]:
    """The blocks of shell lines that a page of the handbook gives under a heading of the third level."""
    section = (ROOT / "docs" / page).read_text().split(f"### {heading}\n")[1]
    return re.findall(r"```sh\n(.*?)```", re.split(r"^##", section, flags=re.MULTILINE)[0], re.DOTALL)
