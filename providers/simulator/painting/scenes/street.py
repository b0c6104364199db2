"""The candid street scene: an old man and a red bicycle in the rain, shop windows on wet stone."""

import numpy as np

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, Point, box, darker, ellipse, lighter, mix, tint
from ..strokes import Sheet, rain
from .passers import bicycle, old_man
from .weather import water

GLOW = tint("ffcf87")


def street(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    grey = mix(palette.sky, tint("6c7783"), 0.5)
    wet = bool(brief.words & {"rain", "rainy", "wet", "umbrella", "storm"}) or not brief.words & {
        "sunny",
        "sun",
        "summer",
    }
    canvas.light = (-0.6, -0.75)
    canvas.backdrop(
        (0.0, mix(grey, palette.shade, 0.2)),
        (0.45, lighter(mix(grey, palette.horizon, 0.5), 0.25)),
        (0.7, grey),
        (1.0, darker(grey, 0.4)),
    )
    canvas.glow(0.52, 0.42, 0.2, mix(palette.light, palette.horizon, 0.4), 0.6)
    _facades(canvas, grey)
    canvas.haze(0.2, 0.6, mix(grey, palette.horizon, 0.5), 0.3)
    _lamps(canvas)
    water(canvas, 0.7, ripple=1.7 if wet else 0.3, tone=0.55)
    _stones(canvas, grey)
    side = -1 if canvas.rng.random() < 0.5 else 1
    for flip in (True, False):
        bicycle(canvas, 0.5 - side * 0.13, 0.9, 0.19, side, mirrored=flip)
        old_man(canvas, 0.5 + side * 0.17, 0.92, 0.52, side, mirrored=flip)
    if wet:
        rain(canvas, int(240 + 380 * brief.detail))
        _splashes(canvas)


def _facades(canvas: Canvas, air: Colour) -> None:
    """House rows to the vanishing point on both sides, shops below, lit windows above."""
    vanish = (0.52, 0.6)
    walls = [
        mix(c, air, 0.3)
        for c in (
            tint("8a5a45"),
            canvas.palette.far,
            tint("a58b6a"),
            tint("6f6a72"),
            mix(canvas.palette.accent, air, 0.6),
            mix(canvas.palette.second, air, 0.6),
        )
    ]
    for side in (-1, 1):
        edge = 0.5 + side * 0.62
        depths = [0.12, 0.2, 0.32, 0.5, 0.76, 1.15]
        for i in range(len(depths) - 1):
            far, near = depths[i], depths[i + 1]
            tone = mix(air, walls[(i * 2 + (side > 0)) % 6], min(0.35 + near * 0.6, 1.0))
            _facade(canvas, vanish, edge, (far, near, canvas.chance(0.75, 1.05)), tone)


def _facade(canvas: Canvas, vanish: Point, edge: float, reach: tuple[float, float, float], tone: Colour) -> None:
    far, near, tall = reach

    def at(depth: float, height: float) -> Point:
        return (vanish[0] + (edge - vanish[0]) * depth, vanish[1] + (0.12 - height * tall) * depth)

    def panel(start: float, end: float, low: float, high: float) -> list[Point]:
        a, b = far + (near - far) * start, far + (near - far) * end
        return [at(a, low), at(a, high), at(b, high), at(b, low)]

    light_side = edge > 0.5
    canvas.shape(
        panel(0, 1, 0, 1),
        Fill(mix(tone, canvas.palette.light, 0.15 if light_side else 0.0), darker(tone, 0.3), texture=0.3),
    )
    sheet = Sheet(canvas)
    sheet.polygon(panel(0, 1, 0.97, 1.02), darker(tone, 0.35))
    for row in range(4):
        for column in range(3):
            burning = canvas.rng.random() < 0.3
            start, low = 0.1 + 0.3 * column, 0.33 + 0.16 * row
            sheet.polygon(panel(start - 0.02, start + 0.2, low - 0.01, low + 0.11), lighter(tone, 0.35))
            sheet.polygon(
                panel(start, start + 0.18, low, low + 0.1),
                GLOW if burning else mix(canvas.palette.shade, canvas.palette.sky, 0.35),
            )
    sheet.polygon(panel(0.04, 0.96, 0.0, 0.235), darker(tone, 0.45))
    sheet.polygon(panel(0.1, 0.62, 0.03, 0.19), mix(GLOW, canvas.palette.light, 0.3))
    sheet.polygon(panel(0.7, 0.9, 0.0, 0.19), mix(GLOW, darker(tone, 0.4), 0.55))
    awning = (canvas.palette.accent, canvas.palette.second, canvas.palette.foliage)[int(canvas.rng.random() * 3)]
    for i in range(6):
        sheet.polygon(panel(i / 6, (i + 1) / 6, 0.2, 0.26), awning if i % 2 else lighter(canvas.palette.paper, 0.2))
    sheet.lay(soft=0.0006 / near)
    x, y = at((far + near) / 2, 0.1)
    canvas.glow(x, y, 0.05 * near, GLOW, 0.6)


def _lamps(canvas: Canvas) -> None:
    iron = darker(canvas.palette.shade, 0.3)
    for x, foot, tall in ((0.3, 0.72, 0.3), (0.69, 0.7, 0.22), (0.415, 0.66, 0.14)):
        canvas.line([(x, foot), (x, foot - tall)], Fill(iron), tall * 0.035, tall * 0.02)
        canvas.shape(
            [
                (x - tall * 0.05, foot - tall * 1.1),
                (x + tall * 0.05, foot - tall * 1.1),
                (x + tall * 0.03, foot - tall),
                (x - tall * 0.03, foot - tall),
            ],
            Fill(lighter(GLOW, 0.5)),
        )
        canvas.shape(
            [(x - tall * 0.065, foot - tall * 1.1), (x, foot - tall * 1.18), (x + tall * 0.065, foot - tall * 1.1)],
            Fill(iron),
        )
        canvas.glow(x, foot - tall * 1.05, tall * 0.24, GLOW, 0.7)


def _stones(canvas: Canvas, air: Colour) -> None:
    sheet, line = Sheet(canvas), darker(air, 0.6)
    for step in np.linspace(0.08, 1, 15).tolist():
        y = 0.7 + (canvas.bottom - 0.7) * step * step
        sheet.line([(canvas.left, y), (0.5, y + 0.004), (canvas.right, y)], 0.0008 + 0.002 * step, line, 0.3)
    for i in range(-16, 17):
        sheet.line([(0.52 + 0.03 * i, 0.7), (0.52 + 0.17 * i, canvas.bottom)], 0.0014, line, 0.2)
    sheet.lay(soft=0.001)


def _splashes(canvas: Canvas) -> None:
    sheet = Sheet(canvas)
    for _ in range(46):
        x, share = canvas.chance(canvas.left, canvas.right), float(canvas.rng.random())
        y, wide = 0.74 + (canvas.bottom - 0.74) * share, 0.005 + 0.014 * share
        ring = ellipse(x, y, wide, wide * 0.3, steps=16)
        sheet.line([*ring, ring[0]], 0.0012, (0.92, 0.95, 1.0), 0.4)
    sheet.lay()
    shine = box(canvas.left, 0.71, canvas.right, 0.73)
    canvas.shape(shine, Fill(GLOW, alpha=0.18, soft=0.012))
