"""Prompts and addresses as people write them: lines of prompts, or CSV with named columns. Pure."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Final

from arena.entrants.matching import form_of
from providers.names import LONGEST_PROMPT, prompt_problem, repaired

MOST_PROMPTS: Final = 1000
MOST_ADDRESSES: Final = 20_000
LONGEST_TITLE: Final = 80
LONGEST_LABEL: Final = 250
LONGEST_URL: Final = 2000
BETWEEN: Final = " | "
DELIMITERS: Final = ",;\t"
NAMES: Final = ("name", "id", "short name")
PROMPTS: Final = ("prompt",)
COMPETITIONS: Final = ("competition", "prompt")
URLS: Final = ("url", "address", "image", "image_url")


class ListRefused(ValueError):
    """What was written cannot be used; the message names the line."""


@dataclass(frozen=True)
class TypedPrompt:
    """`name` is what files call it; it may be empty."""

    prompt: str
    name: str = ""
    title: str = ""


@dataclass(frozen=True)
class Address:
    """A picture behind an address, of a model in a competition."""

    line: int
    model: str
    prompt: str
    url: str


def read_prompts(text: str) -> tuple[TypedPrompt, ...]:
    """CSV where the first line names a column `prompt`, else a prompt a line, a short name before it in ` | `.

    Raises ListRefused.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    rows = _rows(text)
    found = _prompts_of_rows(rows) if rows is not None else _prompts_of_lines(text)
    # no more of a long list is held in memory than it takes to refuse it
    made = tuple(islice(found, MOST_PROMPTS + 1))
    if len(made) > MOST_PROMPTS:
        raise ListRefused(f"More than {MOST_PROMPTS:,} prompts.")
    seen: dict[str, str] = {}
    for one in made:
        if one.name and (form := form_of(one.name)) in seen:
            raise ListRefused(f"Two prompts are called “{one.name}”.")
        if one.name:
            seen[form] = one.name
    return made


def read_addresses(text: str) -> tuple[Address, ...] | None:
    """None where it has no column of addresses. Raises ListRefused."""
    rows = _rows(text.lstrip("\ufeff"), heading=URLS)
    if rows is None:
        return None
    found = []
    for line, row in rows:
        model, prompt, url = (_cell(row, names) for names in (("model",), COMPETITIONS, URLS))
        if not (model or prompt or url):
            continue
        for name, value, longest in (
            ("model", model, LONGEST_LABEL),
            ("prompt", prompt, LONGEST_PROMPT),
            ("url", url, LONGEST_URL),
        ):
            if not value:
                raise ListRefused(
                    f"Line {line}: {name} is empty; the columns are model, prompt (or competition) and url."
                )
            if len(value) > longest or "\0" in value:
                raise ListRefused(f"Line {line}: {name} is longer than {longest:,} characters or holds NUL.")
        if not url.lower().startswith(("https://", "http://")):
            raise ListRefused(f"Line {line}: url needs an address that begins with https://.")
        found.append(Address(line, model, prompt, url))
        if len(found) > MOST_ADDRESSES:
            raise ListRefused(f"More than {MOST_ADDRESSES:,} addresses.")
    return tuple(found)


def title_of(prompt: TypedPrompt) -> str:
    """What its competition is called where nobody said."""
    plain = " ".join((prompt.title or prompt.prompt or prompt.name).split())
    short = plain if len(plain) <= LONGEST_TITLE else plain[:LONGEST_TITLE].rsplit(" ", 1)[0] + "…"
    return repaired(short, "A prompt")


def _rows(text: str, heading: tuple[str, ...] = PROMPTS) -> Iterator[tuple[int, dict[str, str]]] | None:
    """By line, each row by lower-case heading; None where the first line has none of these headings.

    Raises ListRefused at the row that cannot be read.
    """
    first = text.partition("\n")[0].lower()
    delimiter = max(DELIMITERS, key=first.count)
    names = [name.strip().strip('"') for name in first.split(delimiter)]
    if not set(heading) & set(names):
        return None
    return _read_rows(names, text, delimiter)


def _read_rows(names: list[str], text: str, delimiter: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(StringIO(text), delimiter=delimiter)
    try:
        next(reader, None)
        for row in reader:
            yield reader.line_num, dict(zip(names, row, strict=False))
    except csv.Error as error:
        raise ListRefused(f"Line {reader.line_num}: the CSV cannot be read: {error}.") from None


def _cell(row: dict[str, str], names: tuple[str, ...]) -> str:
    return next((row[name].strip() for name in names if row.get(name, "").strip()), "")


def _prompts_of_rows(rows: Iterator[tuple[int, dict[str, str]]]) -> Iterator[TypedPrompt]:
    for line, row in rows:
        prompt = _cell(row, PROMPTS)
        if not any(value.strip() for value in row.values()):
            continue
        yield _checked(line, TypedPrompt(prompt, _cell(row, NAMES), _cell(row, ("title",))))


def _prompts_of_lines(text: str) -> Iterator[TypedPrompt]:
    for line, written in enumerate(StringIO(text), start=1):
        if not written.strip():
            continue
        name, between, prompt = written.partition(BETWEEN)
        made = TypedPrompt(prompt.strip(), name.strip()) if between else TypedPrompt(written.strip())
        yield _checked(line, made)


def _checked(line: int, made: TypedPrompt) -> TypedPrompt:
    if not made.prompt:
        raise ListRefused(f"Line {line}: the prompt is empty.")
    if "\0" in made.prompt + made.name + made.title:
        raise ListRefused(f"Line {line}: it holds the character NUL.")
    if problem := prompt_problem(made.prompt):
        raise ListRefused(f"Line {line}: the prompt {problem}.")
    if len(made.name) > LONGEST_LABEL or len(made.title) > LONGEST_LABEL:
        raise ListRefused(f"Line {line}: name and title have at most {LONGEST_LABEL} characters.")
    return made
