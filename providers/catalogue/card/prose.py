"""Prose of a card: parameter descriptions made clean, and the About text given its lines back after flattening."""

import re
from typing import Final

USUAL_HEADINGS: Final = ("Overview", "Strengths", "Limitations", "Technical Background", "Best For")
JOINING_WORDS: Final = frozenset({"and", "or", "of", "for", "the", "to", "in", "on", "with", "a", "an", "vs", "&"})
LONGEST_HEADING_WORDS: Final = 6


def flat(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def unescaped(text: str) -> str:
    """The text without the backslashes that keep its punctuation from being markup (CommonMark 2.4)."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def clean_description(text: str) -> str:
    """A description with one full stop at its end, unless it asks or exclaims; the printer's and its own are merged."""
    body = text.strip().rstrip(".").rstrip()
    if not body:
        return ""
    return body if body[-1] in "!?…" else f"{body}."


def restore_markdown(text: str) -> str:
    """Give flattened Markdown its headings, paragraphs and bullets back; flattened again, it is the same text."""
    pieces = re.split(r"(?:^| )(?=#{2,6} \S)", flat(text))
    paragraphs: list[str] = []
    for piece in pieces:
        if piece.startswith("##"):
            heading, body = _heading_and_body(piece)
            paragraphs.append(heading)
        else:
            body = piece
        paragraphs += _paragraphs(body)
    return "\n\n".join(paragraphs)


def _heading_and_body(piece: str) -> tuple[str, str]:
    hashes, _, rest = piece.partition(" ")
    for usual in USUAL_HEADINGS:
        if rest == usual or rest.startswith(f"{usual} "):
            return f"{hashes} {usual}", rest[len(usual) + 1 :]
    before_list = re.split(r" (?=\* )", rest, maxsplit=1)
    if len(before_list) == 2 and len(before_list[0].split()) <= LONGEST_HEADING_WORDS:
        return f"{hashes} {before_list[0]}", before_list[1]
    words = rest.split(" ")
    size = _heading_size(words)
    return f"{hashes} {' '.join(words[:size])}", " ".join(words[size:])


def _heading_size(words: list[str]) -> int:
    """How many words an unusual heading has: its capitalised run, less the word that begins the sentence after it."""
    size = 0
    for word in words[: LONGEST_HEADING_WORDS + 1]:
        if not (word[:1].isupper() or word.lower() in JOINING_WORDS):
            break
        size += 1
    if size == len(words):
        return size
    last = _without_joining(words, size) - 1
    return max(1, _without_joining(words, last))


def _without_joining(words: list[str], size: int) -> int:
    while size > 1 and words[size - 1] in JOINING_WORDS:
        size -= 1
    return size


def _paragraphs(body: str) -> list[str]:
    if not body:
        return []
    parts = re.split(r"(?:^|(?<!\d) )(?=\* (?!\d)\S)", body)
    lead, bullets = ("", parts) if parts[0].startswith("* ") else (parts[0], parts[1:])
    bullets = [bullet for bullet in bullets if bullet]
    return [part for part in (lead, "\n".join(bullets)) if part]
