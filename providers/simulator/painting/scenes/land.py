"""Landscapes on dry ground: mountains, desert, forest."""

import numpy as np

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, darker, fractal, lighter, mix, ridge, smoothstep, spline
from ..strokes import Sheet, conifers, foliage, grass, specks
from .weather import shafts, sky


def range_of(
    canvas: Canvas, base: float, height: float, colour: Colour, *, rough: float = 0.55, snow: float = 0.0
) -> None:
    """One mountain line from edge to edge, its slopes lit by a field of ribs; snow above that share of the height."""
    crest = ridge(canvas.rng, canvas.left - 0.05, canvas.right + 0.05, base, height, rough)
    line = canvas.place(crest)
    top, low = max(int(line[:, 1].min()), 0), min(int((base + 0.12 - canvas.top) * canvas.scale), canvas.height_px)
    if low - top < 3:
        return
    rows, width = low - top, canvas.width_px
    edge = np.interp(np.arange(width), line[:, 0], line[:, 1]).astype(np.float32)
    down = np.arange(top, low, dtype=np.float32)[:, None] - edge
    ribs = fractal(canvas.rng, width, rows, 5 * rows / min(rows, width) * height / 0.3, 4, 0.6)
    ribs = ribs - np.float32(0.5)
    step = max(1, round(canvas.scale * 0.007))
    side = step if canvas.light[0] < 0 else -step
    lit = smoothstep(np.roll(ribs, (step // 2, side), (0, 1)) - ribs, -0.11, 0.13)[..., None]
    bright, dim = (
        np.array(c, np.float32)
        for c in (mix(colour, canvas.palette.light, 0.24), mix(colour, canvas.palette.shade, 0.3))
    )
    rock = dim + (bright - dim) * lit
    if snow:
        altitude = np.float32(1) - (np.arange(top, low, dtype=np.float32)[:, None] - top) / np.float32(rows)
        white, blue = (
            np.array(c, np.float32)
            for c in (
                lighter(canvas.palette.light, 0.65),
                mix(lighter(canvas.palette.far, 0.35), canvas.palette.sky, 0.25),
            )
        )
        cover = smoothstep(altitude + ribs * np.float32(0.7), snow - 0.04, snow + 0.06)[..., None]
        rock = rock + (blue + (white - blue) * lit - rock) * cover
    window = canvas.pixels[top:low]
    window += (rock - window) * np.clip(down + np.float32(0.5), 0, 1)[..., None]


def mountains(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    sky(canvas, 0.6)
    for depth, height in ((0.0, 0.24), (0.35, 0.36), (0.7, 0.24)):
        colour = mix(mix(palette.far, palette.horizon, 0.45), mix(palette.far, palette.shade, 0.5), depth)
        range_of(canvas, 0.62 + depth * 0.1, height, colour, snow=0.55 if depth in {0.0, 0.35} else 0.0)
        canvas.haze(0.4 + depth * 0.1, 0.78, palette.horizon, 0.5)
    _slope(canvas, 0.72, darker(palette.foliage, 0.15), 0.1)
    firs = [(canvas.chance(canvas.left, canvas.right), canvas.chance(0.76, 0.84)) for _ in range(46)]
    conifers(canvas, sorted(firs, key=lambda p: p[1]), 0.11, mix(palette.foliage, palette.shade, 0.45))
    _slope(canvas, 0.84, mix(palette.ground, palette.foliage, 0.4), 0.06)
    near = [
        (x, canvas.chance(0.93, 1.02)) for x in (*np.linspace(canvas.left, 0.2, 4), *np.linspace(0.84, canvas.right, 4))
    ]
    conifers(canvas, near, 0.34, mix(palette.foliage, palette.shade, 0.6))
    grass(
        canvas,
        0.87,
        canvas.bottom + 0.04,
        int(500 + 1100 * brief.detail),
        0.045,
        (palette.ground, palette.foliage, lighter(palette.ground, 0.2)),
    )


def _slope(canvas: Canvas, top: float, colour: Colour, swing: float) -> None:
    xs = np.linspace(canvas.left - 0.1, canvas.right + 0.1, 7)
    line = spline([(float(x), top + canvas.chance(-swing, swing)) for x in xs], 8, closed=False)
    fill = Fill(mix(colour, canvas.palette.light, 0.12), darker(colour, 0.35), texture=0.45, volume=0.35, bevel=0.03)
    canvas.shape([*line, (canvas.right + 0.1, canvas.bottom + 0.1), (canvas.left - 0.1, canvas.bottom + 0.1)], fill)


def desert(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    sky(canvas, 0.56, clouds=0.3)
    range_of(canvas, 0.58, 0.1, mix(palette.far, palette.horizon, 0.4), rough=0.4)
    sand = mix(palette.ground, (0.93, 0.72, 0.45), 0.6)
    for i, top in enumerate((0.56, 0.63, 0.73, 0.86)):
        _dune(canvas, top, 0.05 + 0.03 * i, mix(mix(sand, palette.horizon, 0.35), sand, i / 3))
    _ripples(canvas, 0.8, brief.detail)
    if brief.words & {"cactus", "camel", "caravan"} or canvas.rng.random() < 0.6:
        _cactus(canvas, canvas.chance(0.15, 0.8), 0.8, 0.17)
    canvas.haze(0.45, 0.62, palette.horizon, 0.35)


def _dune(canvas: Canvas, top: float, height: float, colour: Colour) -> None:
    """A dune with a sharp crest between its lit and its shaded face."""
    xs = np.linspace(canvas.left - 0.1, canvas.right + 0.1, 6)
    crest = spline([(float(x), top - canvas.chance(-height, height)) for x in xs], 10, closed=False)
    foot = [(canvas.right + 0.1, canvas.bottom + 0.1), (canvas.left - 0.1, canvas.bottom + 0.1)]
    canvas.shape([*crest, *foot], Fill(mix(colour, canvas.palette.light, 0.35), darker(colour, 0.12), texture=0.12))
    # the shaded face starts at a summit: anywhere else its edge would read as a cliff
    peak = min(range(len(crest) // 8, len(crest) * 3 // 4), key=lambda i: crest[i][1])
    x, y = crest[peak]
    spine = spline(
        [(x, y), (x + 0.07, y + 0.04), (x + 0.13, y + 0.11), (x + 0.17, y + 0.22), (x + 0.34, y + 0.34)],
        8,
        closed=False,
    )
    dim = mix(darker(colour, 0.2), canvas.palette.shade, 0.22)
    canvas.shape([*crest[peak:], foot[0], *spine[::-1]], Fill(dim, mix(dim, colour, 0.8), soft=0.001, texture=0.1))


def _ripples(canvas: Canvas, top: float, detail: float) -> None:
    sheet = Sheet(canvas)
    for _ in range(int(60 + 160 * detail)):
        share = float(canvas.rng.random()) ** 0.6
        x, y, wide = canvas.chance(canvas.left, canvas.right), top + (canvas.bottom - top) * share, 0.03 + 0.1 * share
        sheet.line(
            [(x, y), (x + wide * 0.5, y - 0.004 * share), (x + wide, y + 0.002)],
            0.0012 + 0.002 * share,
            canvas.palette.shade,
            0.13,
        )
    sheet.lay(soft=0.001)


def _cactus(canvas: Canvas, x: float, y: float, tall: float) -> None:
    green = mix(canvas.palette.foliage, (0.25, 0.45, 0.3), 0.5)
    canvas.shadow(x + 0.1, y, 0.13, 0.012, 0.45)
    fill = Fill(green, darker(green, 0.3), volume=0.8, bevel=tall * 0.07, texture=0.3)
    canvas.line([(x, y), (x, y - tall * 0.6), (x + 0.003, y - tall)], fill, tall * 0.2, tall * 0.15)
    for side, low, high in ((-1, 0.4, 0.75), (1, 0.55, 0.9)):
        reach = x + side * tall * 0.26
        canvas.line(
            [(x, y - tall * low), (reach, y - tall * low), (reach, y - tall * high)], fill, tall * 0.13, tall * 0.1
        )


def forest(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    pale = mix(palette.horizon, palette.light, 0.4)
    canvas.backdrop(
        (0.0, mix(palette.foliage, pale, 0.45)),
        (0.45, lighter(pale, 0.2)),
        (0.8, mix(palette.foliage, pale, 0.3)),
        (1.0, darker(palette.foliage, 0.4)),
    )
    sun = canvas.chance(0.3, 0.7)
    canvas.light = (-0.75 if sun < 0.5 else 0.75, -0.65)
    canvas.glow(sun, 0.3, 0.22, palette.light, 0.9)
    for depth in (0.0, 0.3, 0.6):
        _trunks(canvas, depth, pale)
        if depth < 0.6:
            _slope(canvas, 0.66 + depth * 0.2, mix(pale, darker(palette.foliage, 0.2), 0.35 + depth), 0.03)
            canvas.haze(0.3, 0.75, pale, 0.35 - depth * 0.4)
    _path(canvas)
    shafts(canvas, sun, canvas.top, 0.3)
    clumps = [
        (canvas.chance(canvas.left, canvas.right), canvas.chance(canvas.top - 0.05, 0.12), canvas.chance(0.07, 0.13))
        for _ in range(9)
    ]
    foliage(canvas, clumps, darker(palette.foliage, 0.1), leaf=0.014, count=int(70 + 70 * brief.detail))
    grass(
        canvas,
        0.8,
        canvas.bottom + 0.05,
        int(400 + 900 * brief.detail),
        0.07,
        (darker(palette.foliage, 0.3), palette.foliage, mix(palette.foliage, palette.light, 0.35)),
    )
    specks(canvas, int(14 + 16 * brief.detail), palette.light, size=0.008, top=0.3, bottom=0.95)


def _trunks(canvas: Canvas, depth: float, air: Colour) -> None:
    bark = mix(air, mix(canvas.palette.shade, (0.3, 0.2, 0.14), 0.5), 0.3 + depth)
    count = round(15 - 16 * depth)
    for i in range(count):
        x = canvas.left + (canvas.right - canvas.left) * (i + canvas.chance(0.1, 0.9)) / count
        if depth > 0.5 and 0.36 < x < 0.64:
            continue
        wide = 0.016 + 0.075 * depth * depth + canvas.chance(0, 0.01)
        foot = 0.68 + depth * 0.32
        fill = Fill(bark, mix(bark, air, 0.15), volume=0.5 + depth * 0.5, bevel=wide * 0.3, texture=0.5 * depth)
        canvas.shape(
            [
                (x - wide * 0.4, canvas.top - 0.05),
                (x + wide * 0.4, canvas.top - 0.05),
                (x + wide * 0.5, foot - 0.06),
                (x + wide * 1.1, foot + 0.02),
                (x - wide * 1.1, foot + 0.02),
                (x - wide * 0.5, foot - 0.06),
            ],
            fill,
        )


def _path(canvas: Canvas) -> None:
    earth = mix(canvas.palette.ground, canvas.palette.light, 0.35)
    bend = canvas.chance(-0.12, 0.12)
    left = spline([(0.26, canvas.bottom + 0.02), (0.36 + bend, 0.86), (0.46 - bend, 0.76), (0.5, 0.7)], 8, closed=False)
    right = spline(
        [(0.52, 0.7), (0.54 - bend, 0.76), (0.58 + bend, 0.86), (0.78, canvas.bottom + 0.02)], 8, closed=False
    )
    canvas.shape([*left, *right], Fill(lighter(earth, 0.15), darker(earth, 0.25), soft=0.004, texture=0.4))
