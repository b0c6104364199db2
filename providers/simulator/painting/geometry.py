"""Outlines as point lists: splines, ellipses, ribbons, ridges. Pure geometry in picture units."""

import math
from collections.abc import Sequence

import numpy as np

Point = tuple[float, float]


def outline(text: str) -> list[Point]:
    """The points of `"x,y x,y ..."`."""
    pairs = (pair.split(",") for pair in text.split())
    return [(float(x), float(y)) for x, y in pairs]


def spline(points: Sequence[Point], steps: int = 8, *, closed: bool = True) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    knots = np.asarray(points, float)
    count = len(knots)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    out: list[Point] = []
    for i in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (knots[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (knots[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        out.extend((float(x), float(y)) for x, y in curve)
    return out if closed else [*out, points[-1]]


def ellipse(cx: float, cy: float, rx: float, ry: float, tilt: float = 0.0, steps: int = 40) -> list[Point]:
    """`tilt` in degrees, clockwise on the page."""
    angle = math.radians(tilt)
    cos, sin = math.cos(angle), math.sin(angle)
    out = []
    for i in range(steps):
        turn = 2 * math.pi * i / steps
        x, y = rx * math.cos(turn), ry * math.sin(turn)
        out.append((cx + x * cos - y * sin, cy + x * sin + y * cos))
    return out


def arc(cx: float, cy: float, radius: float, start: float, end: float, steps: int = 24) -> list[Point]:
    """Degrees clockwise from the right."""
    turns = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(cx + radius * math.cos(t), cy + radius * math.sin(t)) for t in turns]


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    return [
        *arc(right - radius, top + radius, radius, -90, 0, 6),
        *arc(right - radius, bottom - radius, radius, 0, 90, 6),
        *arc(left + radius, bottom - radius, radius, 90, 180, 6),
        *arc(left + radius, top + radius, radius, 180, 270, 6),
    ]


def ribbon(points: Sequence[Point], start: float, end: float | None = None) -> list[Point]:
    """The outline of a line whose width runs from `start` to `end`."""
    path = np.asarray(points, float)
    along = np.gradient(path, axis=0)
    length = np.sqrt((along**2).sum(axis=1, keepdims=True)) + 1e-9
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length
    half = np.linspace(start, start if end is None else end, len(path))[:, None] / 2
    return [(float(x), float(y)) for x, y in np.concatenate([path + normal * half, (path - normal * half)[::-1]])]


def ridge(rng: np.random.Generator, left: float, right: float, base: float, height: float, rough: float) -> list[Point]:
    """A mountain line by midpoint displacement; `rough` 0.4 is rolling, 0.6 is jagged."""
    line = np.array([rng.random(), rng.random(), rng.random(), rng.random(), rng.random()])
    scale = 0.5
    for _ in range(5):
        middle = (line[1:] + line[:-1]) / 2 + (rng.random(len(line) - 1) - 0.5) * scale
        grown = np.empty(len(line) + len(middle))
        grown[0::2], grown[1::2] = line, middle
        line, scale = grown, scale * rough
    line = (line - line.min()) / max(float(line.max() - line.min()), 1e-9)
    xs = np.linspace(left, right, len(line))
    return [(float(x), float(base - height * y)) for x, y in zip(xs, line, strict=True)]


def moved(points: Sequence[Point], dx: float, dy: float, scale: float = 1.0, *, mirror: bool = False) -> list[Point]:
    """The points scaled about the origin, mirrored left to right if asked, then shifted."""
    sign = -scale if mirror else scale
    return [(x * sign + dx, y * scale + dy) for x, y in points]
