"""Where the corners of a comparison's radar lie: ratings of two models on the categories they share. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FEWEST_CATEGORIES: Final = 3
RADIUS: Final = 130.0
CENTRE_X: Final = 330.0
CENTRE_Y: Final = 175.0
# The lowest rating keeps off the centre, where shapes would meet.
INNERMOST: Final = 0.25
STEP: Final = 50
LABEL_GAP: Final = 16.0
LONGEST_LABEL: Final = 20


@dataclass(frozen=True)
class Skill:
    """Two ratings on one category's board."""

    title: str
    first: float
    second: float
    detail: str = ""


@dataclass(frozen=True)
class Label:
    """A word at its place; `anchor` is SVG's text-anchor."""

    x: float
    y: float
    text: str
    anchor: str
    detail: str = ""


@dataclass(frozen=True)
class Radar:
    """Polygons as SVG point lists, spokes as ends, rings as (points, rating)."""

    first: str
    second: str
    spokes: tuple[tuple[float, float], ...]
    rings: tuple[tuple[str, Label], ...]
    labels: tuple[Label, ...]
    centre: tuple[float, float] = (CENTRE_X, CENTRE_Y)


def radar(skills: Sequence[Skill]) -> Radar | None:
    """None under three categories: two make no shape."""
    if len(skills) < FEWEST_CATEGORIES:
        return None
    ratings = [rating for skill in skills for rating in (skill.first, skill.second)]
    lowest = math.floor(min(ratings) / STEP) * STEP
    highest = max(math.ceil(max(ratings) / STEP) * STEP, lowest + STEP)

    def corners(values: Sequence[float]) -> str:
        reach = [INNERMOST + (1 - INNERMOST) * (value - lowest) / (highest - lowest) for value in values]
        return " ".join("{},{}".format(*_place(k, len(skills), share)) for k, share in enumerate(reach))

    rings = []
    for value in (lowest, (lowest + highest) / 2, highest):
        share = INNERMOST + (1 - INNERMOST) * (value - lowest) / (highest - lowest)
        mark = Label(CENTRE_X + 4, round(CENTRE_Y - RADIUS * share - 3, 1), f"{value:.0f}", "start")
        rings.append((corners([value] * len(skills)), mark))
    return Radar(
        first=corners([skill.first for skill in skills]),
        second=corners([skill.second for skill in skills]),
        spokes=tuple(_place(k, len(skills), 1.0) for k in range(len(skills))),
        rings=tuple(rings),
        labels=tuple(_label(k, skills) for k in range(len(skills))),
    )


def _place(k: int, of: int, share: float) -> tuple[float, float]:
    angle = 2 * math.pi * k / of - math.pi / 2
    return round(CENTRE_X + RADIUS * share * math.cos(angle), 1), round(CENTRE_Y + RADIUS * share * math.sin(angle), 1)


def _label(k: int, skills: Sequence[Skill]) -> Label:
    x, y = _place(k, len(skills), 1 + LABEL_GAP / RADIUS)
    side = x - CENTRE_X
    anchor = "middle" if abs(side) < LABEL_GAP else "start" if side > 0 else "end"
    title = skills[k].title
    text = title if len(title) <= LONGEST_LABEL else f"{title[: LONGEST_LABEL - 1].rstrip()}…"
    below = 12.0 if y > CENTRE_Y + RADIUS else 0.0 if y > CENTRE_Y - RADIUS else -18.0
    return Label(x, round(y + below, 1), text, anchor, skills[k].detail)
