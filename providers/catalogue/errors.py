"""What can be wrong with a catalogue document or with what it asks for; every message names a place."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SheetProblem:
    """One fault: the field's path, what was found there and what is allowed."""

    field: str
    found: str
    allowed: str

    def __str__(self) -> str:
        place = self.field or "the document"
        found = f": {self.found}" if self.found else ""
        return f"{place}{found}; allowed: {self.allowed}"


class CatalogueError(Exception):
    """The base of everything a catalogue import or export refuses."""


class DocumentError(CatalogueError):
    """A file or stream that is not text of a bearable size."""


class SheetError(CatalogueError):
    """A sheet whose values are not allowed; `problems` lists them all."""

    def __init__(self, problems: Iterable[SheetProblem], origin: str = "") -> None:
        self.problems = tuple(problems)
        self.origin = origin
        lines = (f"{origin}: {problem}" if origin else str(problem) for problem in self.problems)
        super().__init__("\n".join(lines))


class ConflictError(CatalogueError):
    """A sheet that does not fit beside what the catalogue holds, such as a slug that names another model."""


class StalePlanError(CatalogueError):
    """The rows changed after the plan was made."""
