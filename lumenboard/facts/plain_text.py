"""Text from the catalogue made safe to stand inside Markdown structure: one line, no links, tags or headings. Pure."""

import re
from urllib.parse import quote


def one_line(text: str) -> str:
    """White space collapsed, raw HTML disarmed; emphasis and code spans are left as they are."""
    line = re.sub(r"\\(?=[!-/:-@\[-`{-~])", r"\\\\", " ".join(text.split()))
    return re.sub(r"<(?=[A-Za-z/!?])", r"\\<", line)


def paragraph(text: str) -> str:
    """One line that cannot begin a heading, list, quote, table or fence."""
    line = one_line(text)
    return re.sub(r"^(?=[#>+*|~`=-])|^(\d+)(?=[.)])", r"\1\\", line)


def link_text(text: str) -> str:
    """What may stand between square brackets."""
    return re.sub(r"([\\\[\]])", r"\\\1", " ".join(text.split())).replace("<", r"\<")


def address(url: str) -> str:
    """What may stand between round brackets after a link text."""
    return quote(url, safe="%/:=&?~#+!$,;'@*-._")


def code_span(text: str) -> str:
    """A code span of one line."""
    return f"`{' '.join(text.split()).replace('`', chr(39))}`"


def sentence(text: str) -> str:
    """One line with one full stop at its end, unless it asks or exclaims."""
    line = one_line(text).rstrip(". ")
    return line if not line or line[-1] in "!?…" else f"{line}."
