"""Landscapes at the water: the mountain lake and the harbour."""

import numpy as np

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, box, darker, lighter, mix, tint
from ..strokes import Sheet, conifers, foliage, grass
from .land import range_of
from .weather import sky, water


def lake(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    shore = 0.58
    sky(canvas, shore)
    range_of(canvas, shore, 0.4, mix(palette.far, palette.horizon, 0.3), snow=0.5)
    canvas.haze(0.3, shore, palette.horizon, 0.4)
    range_of(canvas, shore + 0.01, 0.2, mix(palette.far, palette.shade, 0.4), rough=0.5)
    canvas.haze(0.46, shore, palette.horizon, 0.35)
    firs = [(float(x), shore + canvas.chance(-0.012, 0.004)) for x in np.linspace(canvas.left, canvas.right, 60)]
    conifers(canvas, firs, 0.075, mix(palette.foliage, palette.shade, 0.4))
    water(canvas, shore)
    _near_shore(canvas, brief)


def _near_shore(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    side = canvas.rng.random() < 0.5
    edge = canvas.left if side else canvas.right
    inner = edge + (0.46 if side else -0.46)
    bank = [
        (edge, 0.83),
        ((edge + inner) / 2, 0.86),
        (inner, 0.97),
        (inner, canvas.bottom + 0.1),
        (edge, canvas.bottom + 0.1),
    ]
    canvas.curve(
        bank, Fill(mix(palette.ground, palette.light, 0.2), darker(palette.ground, 0.5), texture=0.6, volume=0.5)
    )
    trees = [(edge + (0.05 + 0.1 * i) * (1 if side else -1), 0.9 + 0.03 * i) for i in range(3)]
    conifers(canvas, trees, 0.42, mix(palette.foliage, palette.shade, 0.5))
    for _ in range(9):
        x, y, r = canvas.chance(*sorted((edge, inner))), canvas.chance(0.93, 1.02), canvas.chance(0.015, 0.05)
        stone = mix(palette.far, palette.shade, canvas.chance(0.2, 0.6))
        canvas.ellipse(x, y, r, r * 0.6, Fill(stone, darker(stone, 0.4), volume=0.9, bevel=r * 0.3, texture=0.6))
    grass(
        canvas,
        0.96,
        canvas.bottom + 0.06,
        int(250 + 500 * brief.detail),
        0.08,
        (palette.foliage, palette.ground, darker(palette.foliage, 0.4)),
    )


def harbour(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    quay = 0.6
    sky(canvas, quay)
    range_of(canvas, quay, 0.22, mix(palette.far, palette.horizon, 0.35), rough=0.42)
    hill = [(float(x), quay - canvas.chance(0.1, 0.2)) for x in np.linspace(canvas.left - 0.1, canvas.right + 0.1, 5)]
    canvas.curve(
        [*hill, (canvas.right + 0.2, quay + 0.1), (canvas.left - 0.2, quay + 0.1)],
        Fill(mix(palette.foliage, palette.far, 0.5), palette.foliage, texture=0.5),
    )
    for row, size in ((-0.1, 0.07), (0.0, 0.1)):
        _houses(canvas, quay + row, size)
    canvas.shape(
        box(canvas.left, quay - 0.004, canvas.right, quay + 0.03),
        Fill(mix(palette.far, palette.shade, 0.35), texture=0.5),
    )
    water(canvas, quay + 0.03, ripple=1.3)
    for x, y, size in ((canvas.chance(0.62, 0.8), 0.7, 0.13), (canvas.chance(0.2, 0.45), 0.84, 0.26)):
        _boat(canvas, x, y, size)
    if "lighthouse" in brief.words or canvas.rng.random() < 0.4:
        _lighthouse(canvas, 0.88, quay + 0.03)


def _houses(canvas: Canvas, base: float, size: float) -> None:
    """A terrace of gabled fronts in many colours, windows lit by night."""
    walls = [
        mix(c, canvas.palette.horizon, 0.25)
        for c in (
            canvas.palette.accent,
            canvas.palette.second,
            canvas.palette.paper,
            canvas.palette.far,
            tint("c98a6b"),
            tint("e8d7b0"),
        )
    ]
    x = canvas.left - size * canvas.chance(0, 1)
    while x < canvas.right:
        wide, tall = size * canvas.chance(0.7, 1.05), size * canvas.chance(1.1, 1.9)
        wall = walls[int(canvas.rng.random() * len(walls))]
        if canvas.palette.night:
            wall = mix(wall, canvas.palette.shade, 0.6)
        _house(canvas, (x, base, wide, tall), wall)
        x += wide


def _house(canvas: Canvas, place: tuple[float, float, float, float], wall: Colour) -> None:
    x, base, wide, tall = place
    roof = mix(tint("8f4a35"), canvas.palette.shade, canvas.chance(0.05, 0.4))
    canvas.shape(
        box(x, base - tall, x + wide, base), Fill(lighter(wall, 0.1), darker(wall, 0.2), angle=0, texture=0.25)
    )
    peak = [(x - wide * 0.04, base - tall), (x + wide / 2, base - tall - wide * 0.5), (x + wide * 1.04, base - tall)]
    canvas.shape(peak, Fill(roof, darker(roof, 0.3), angle=0, texture=0.4))
    sheet = Sheet(canvas)
    glass = tint("ffd98a") if canvas.palette.night else mix(canvas.palette.shade, canvas.palette.sky, 0.4)
    rows = max(int(tall / (wide * 0.42)), 1)
    for row in range(rows):
        for column in (0.22, 0.62):
            left, top = x + wide * column, base - tall * (0.9 - 0.8 * row / rows)
            sheet.polygon(
                box(left - wide * 0.02, top - wide * 0.02, left + wide * 0.2, top + wide * 0.27), lighter(wall, 0.55)
            )
            sheet.polygon(box(left, top, left + wide * 0.18, top + wide * 0.25), glass)
    sheet.lay()


def _boat(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A sailing boat with its reflection."""
    palette = canvas.palette
    hull, sail = mix(palette.accent, palette.shade, 0.15), lighter(palette.paper, 0.4)
    for flip, alpha in ((-0.75, 0.32), (1.0, 1.0)):
        soft = 0.0 if flip > 0 else 0.004
        body = [(-0.5, -0.14), (0.5, -0.17), (0.36, 0.04), (-0.34, 0.04)]
        main, jib = [(0.02, -1.2), (0.06, -0.22), (0.46, -0.24)], [(-0.03, -1.05), (-0.05, -0.2), (-0.42, -0.18)]
        spots = [[(x + px * size, y + py * size * flip) for px, py in shape] for shape in (body, main, jib)]
        canvas.line(
            [(x, y), (x, y - size * 1.25 * flip)], Fill(darker(hull, 0.5), alpha=alpha, soft=soft), size * 0.025
        )
        canvas.shape(spots[1], Fill(sail, mix(sail, palette.far, 0.45), angle=0, alpha=alpha, soft=soft, texture=0.1))
        canvas.shape(
            spots[2], Fill(mix(sail, palette.second, 0.5), mix(sail, palette.second, 0.8), alpha=alpha, soft=soft)
        )
        canvas.shape(
            spots[0],
            Fill(
                lighter(hull, 0.1),
                darker(hull, 0.45),
                alpha=alpha,
                soft=soft,
                volume=0.4 if flip > 0 else 0,
                bevel=0.01,
            ),
        )
    canvas.line(
        [(x - size * 0.47, y - size * 0.11), (x + size * 0.47, y - size * 0.14)], Fill(palette.paper), size * 0.03
    )


def _lighthouse(canvas: Canvas, x: float, base: float) -> None:
    white = lighter(canvas.palette.paper, 0.3)
    rocks = [(x - 0.12, base + 0.03), (x - 0.06, base - 0.03), (x + 0.06, base - 0.035), (x + 0.15, base + 0.03)]
    canvas.curve(rocks, Fill(mix(canvas.palette.far, canvas.palette.shade, 0.5), texture=0.7, volume=0.8))
    for i in range(5):
        low, high = i / 5, (i + 1) / 5
        band = [
            (x - 0.035 + 0.012 * low, base - 0.3 * low),
            (x + 0.035 - 0.012 * low, base - 0.3 * low),
            (x + 0.035 - 0.012 * high, base - 0.3 * high),
            (x - 0.035 + 0.012 * high, base - 0.3 * high),
        ]
        tone = canvas.palette.accent if i % 2 else white
        canvas.shape(band, Fill(lighter(tone, 0.1), darker(tone, 0.4), angle=0))
    canvas.shape(box(x - 0.016, base - 0.345, x + 0.016, base - 0.3), Fill(tint("fff0b0")))
    canvas.shape(
        [(x - 0.024, base - 0.345), (x, base - 0.375), (x + 0.024, base - 0.345)],
        Fill(darker(canvas.palette.accent, 0.3)),
    )
    canvas.glow(x, base - 0.32, 0.05, tint("fff0b0"), 0.8)
    foliage(canvas, [(x - 0.08, base, 0.03)], canvas.palette.foliage, leaf=0.006, count=50)
