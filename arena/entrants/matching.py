"""What the name of a file means: which model and which prompt, or who is to be asked. Pure.

Names are compared by their form (case, width, accents of spelling and punctuation apart), whole first, then by their
beginning where a file's name was cut short. Nothing is guessed where two things answer to a name.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, Literal

NEW, LEFT_OUT, SOURCE = "new", "out", "source"
# a shorter beginning says too little
LEAST_BEGINNING: Final = 12
MOST_OPTIONS: Final = 12
BETWEEN: Final = "__"
NO_LETTERS: Final = re.compile(r"[\W_]+")
Kind = Literal["known", "new", "asked", "out", "unsaid"]


@dataclass(frozen=True)
class Known:
    """Something that a name can mean: `key` identifies it, `names` are all it answers to."""

    key: str
    title: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """What a label means. `options` are what it may mean where that is asked, or was."""

    label: str
    kind: Kind
    key: str = ""
    title: str = ""
    options: tuple[Known, ...] = ()

    @property
    def form(self) -> str:
        return form_of(self.label)

    @property
    def is_open(self) -> bool:
        """Nobody has said what it is."""
        return self.kind in {"asked", "unsaid"}


def form_of(name: str) -> str:
    """Equal for names that differ in case, width, blanks and punctuation alone; never empty for a name of symbols."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return NO_LETTERS.sub("-", plain).strip("-") or " ".join(plain.split())


@dataclass
class Index:
    """Everything that names of one kind can mean."""

    known: dict[str, Known] = field(default_factory=dict)
    by_form: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    forms: list[tuple[str, str]] = field(default_factory=list)

    def add(self, one: Known) -> None:
        self.known[one.key] = one
        for form in dict.fromkeys(map(form_of, (one.title, *one.names))):
            if form:
                self.by_form[form].append(one.key)
                self.forms.append((form, one.key))

    def exact(self, label: str) -> list[str]:
        """Keys of what answers to the name; one alone where its spelling is the very same."""
        found = list(dict.fromkeys(self.by_form.get(form_of(label), ())))
        same = [key for key in found if label in (self.known[key].title, *self.known[key].names)]
        return same if len(same) == 1 else found

    def beginning(self, label: str) -> list[str]:
        """Keys of what the name may be the beginning of, or the other way round."""
        form = form_of(label)
        if len(form) < LEAST_BEGINNING:
            return []
        longer = (key for other, key in self.forms if other.startswith(form) or _begins(form, other))
        return list(dict.fromkeys(longer))


def _begins(form: str, other: str) -> bool:
    return len(other) >= LEAST_BEGINNING and form.startswith(other)


def index_of(known: Iterable[Known]) -> Index:
    made = Index()
    for one in known:
        made.add(one)
    return made


def match(label: str, index: Index, decisions: Mapping[str, str], *, makes_new: bool) -> Match:
    """What was decided, or else what answers to the name; a name that nothing answers to is new where `makes_new`."""
    if not label:
        return Match(label, "unsaid")
    exact = index.exact(label)
    found = exact or index.beginning(label)
    options = tuple(index.known[key] for key in found[:MOST_OPTIONS])
    decided = decisions.get(form_of(label)) or (exact[0] if len(exact) == 1 else "" if found or not makes_new else NEW)
    if decided == LEFT_OUT:
        return Match(label, "out", options=options)
    if decided == NEW:
        return Match(label, "new", NEW, label, options)
    if decided in index.known:
        return Match(label, "known", decided, index.known[decided].title, options)
    return Match(label, "asked", options=options)


def parts_of(path: str) -> tuple[str, str]:
    """Of `…/folder/file.ext` the folder and the file's name; of a name alone the two around a double underscore."""
    whole = PurePosixPath(path)
    stem = whole.stem.strip()
    if len(whole.parts) > 1:
        return whole.parts[-2].strip(), stem
    first, between, second = stem.partition(BETWEEN)
    return (first.strip(), second.strip()) if between and second.strip() and first.strip() else ("", stem)


def folders_are_models(pairs: Iterable[tuple[str, str]], models: Index, prompts: Index) -> bool:
    """Whether folders name models rather than prompts, by what is known of both; models where neither speaks."""
    straight = crossed = 0
    firsts, seconds = zip(*pairs, strict=True) if (pairs := list(pairs)) else ((), ())
    for first in set(firsts):
        straight += _speaks(first, models)
        crossed += _speaks(first, prompts)
    for second in set(seconds):
        straight += _speaks(second, prompts)
        crossed += _speaks(second, models)
    return straight >= crossed


def _speaks(label: str, index: Index) -> bool:
    return bool(label) and (form_of(label) == SOURCE or bool(index.exact(label)))
