"""One measured line: what, the figures, their ratio, the target and whether it is met. Pure arithmetic and text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.timing import Taken

HEADINGS = ("measured", "figure", "ratio", "target", "")


@dataclass(frozen=True)
class Target:
    """A bound on a line's ratio, and how it is written."""

    limit: float
    is_floor: bool
    text: str

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.limit if self.is_floor else ratio <= self.limit


@dataclass(frozen=True)
class Line:
    """`ratio` is what the target binds; a line without a target is for information."""

    what: str
    figure: str
    ratio: float | None = None
    target: Target | None = None

    @property
    def verdict(self) -> str:
        if self.target is None or self.ratio is None:
            return ""
        return "met" if self.target.is_met(self.ratio) else "not met"

    @property
    def cells(self) -> tuple[str, ...]:
        ratio = "–" if self.ratio is None else shown_ratio(self.ratio)
        return (self.what, self.figure, ratio, self.target.text if self.target else "–", self.verdict)


def within(what: str, taken: Taken, limit_ms: float) -> Line:
    """A time against a fixed limit; the ratio is the part of the limit that is used."""
    figure = f"{shown_seconds(taken.median)}, best {shown_seconds(taken.best)}"
    return Line(what, figure, taken.median * 1000 / limit_ms, Target(1.0, False, f"≤ {limit_ms:g} ms"))


def times_faster(what: str, ours: Taken, theirs: Taken, floor: float | None = None) -> Line:
    """How many times our median goes into theirs."""
    target = None if floor is None else Target(floor, True, f"≥ {floor:g} ×")
    return Line(what, beside(ours, theirs), theirs.median / ours.median, target)


def times_as_long(what: str, ours: Taken, theirs: Taken, ceiling: float | None = None) -> Line:
    """How many times their median goes into ours."""
    target = None if ceiling is None else Target(ceiling, False, f"≤ {ceiling:g} ×")
    return Line(what, beside(ours, theirs), ours.median / theirs.median, target)


def beside(ours: Taken, theirs: Taken) -> str:
    return f"{shown_seconds(ours.median)} : {shown_seconds(theirs.median)}"


def shown_seconds(seconds: float) -> str:
    """Three digits or so, in the unit that suits."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    figure = seconds * 1000
    return f"{figure:.0f} ms" if figure >= 100 else f"{figure:.1f} ms" if figure >= 10 else f"{figure:.2f} ms"


def shown_ratio(ratio: float) -> str:
    figure = f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"
    return f"{figure} ×"


def table(lines: Sequence[Line]) -> str:
    """Columns as wide as their widest cell."""
    rows = [HEADINGS, *(line.cells for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = (
        "  ".join(cell.rjust(width) if place == 2 else cell.ljust(width) for place, (cell, width) in enumerate(cells))
        for cells in (zip(row, widths, strict=True) for row in rows)
    )
    return "\n".join(line.rstrip() for line in aligned)


def summary(lines: Sequence[Line]) -> str:
    """How many targets were met, and which were not."""
    verdicts = [line for line in lines if line.target]
    missed = [line.what for line in verdicts if line.verdict != "met"]
    told = f"{len(verdicts) - len(missed)} of {len(verdicts)} targets met"
    return f"{told}; not met: {'; '.join(missed)}" if missed else told
