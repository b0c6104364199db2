"""The isometric miniature: a square of ground on a plinth with a house, trees, a pond and small lives."""

import math
from dataclasses import dataclass

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, Point, darker, lighter, mix, spline, tint
from ..strokes import Sheet, foliage


@dataclass(frozen=True)
class Ground:
    """Isometric axes: grid units 0..10 across the tile; z upwards in the same units."""

    x: float = 0.5
    y: float = 0.33
    unit: float = 0.0465

    def at(self, across: float, along: float, up: float = 0.0) -> Point:
        return (
            self.x + (across - along) * self.unit,
            self.y + (across + along) * self.unit * 0.56 - up * self.unit * 1.15,
        )


GROUND = Ground()


def diorama(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    back = mix(mix(palette.horizon, palette.paper, 0.4), palette.accent, 0.1)
    canvas.light = (-0.8, -0.6)
    canvas.backdrop((0.0, lighter(back, 0.15)), (0.55, back), (1.0, darker(back, 0.18)))
    canvas.glow(0.3, 0.2, 0.3, palette.light, 0.4)
    canvas.shadow(0.54, 0.885, 0.42, 0.08, 0.5)
    _plinth(canvas)
    _garden(canvas)
    _trees(canvas, ((1.2, 1.2), (3.2, 0.9), (0.9, 3.4)), brief)
    _house(canvas)
    _fence(canvas)
    _trees(canvas, ((8.7, 1.3), (9.0, 3.6), (1.4, 8.4)), brief)
    _pond(canvas)
    _bench_and_lamp(canvas)
    _trees(canvas, ((8.9, 8.8), (3.0, 9.1)), brief)
    _clouds(canvas)


def solid(
    canvas: Canvas,
    low: tuple[float, float, float],
    size: tuple[float, float, float],
    tone: Colour,
    texture: float = 0.15,
) -> None:
    """A box from its near-ground corner, lit from the left."""
    (a, b, c), (w, d, h) = low, size
    at = GROUND.at
    canvas.shape(
        [at(a, b + d, c), at(a + w, b + d, c), at(a + w, b + d, c + h), at(a, b + d, c + h)],
        Fill(lighter(tone, 0.1), darker(tone, 0.12), texture=texture),
    )
    canvas.shape(
        [at(a + w, b + d, c), at(a + w, b, c), at(a + w, b, c + h), at(a + w, b + d, c + h)],
        Fill(darker(tone, 0.28), darker(tone, 0.42), texture=texture),
    )
    canvas.shape(
        [at(a, b, c + h), at(a + w, b, c + h), at(a + w, b + d, c + h), at(a, b + d, c + h)],
        Fill(mix(tone, canvas.palette.light, 0.35), lighter(tone, 0.12), texture=texture),
    )


def _plinth(canvas: Canvas) -> None:
    earth = mix(tint("7a5233"), canvas.palette.ground, 0.3)
    wood = mix(tint("5b3b28"), canvas.palette.shade, 0.2)
    solid(canvas, (-0.25, -0.25, -2.4), (10.5, 10.5, 0.5), wood)
    solid(canvas, (0, 0, -1.9), (10, 10, 0.9), earth, 0.6)
    solid(canvas, (0, 0, -1.0), (10, 10, 0.7), lighter(earth, 0.18), 0.6)
    green = mix(mix(canvas.palette.ground, canvas.palette.foliage, 0.45), tint("7fb04f"), 0.25)
    solid(canvas, (0, 0, -0.3), (10, 10, 0.3), green, 0.3)
    sheet = Sheet(canvas)
    for _ in range(420):
        x, y = GROUND.at(canvas.chance(0.1, 9.9), canvas.chance(0.1, 9.9))
        tone = mix(darker(green, 0.25), mix(green, canvas.palette.light, 0.5), canvas.chance(0, 1))
        sheet.line([(x, y), (x + canvas.chance(-0.003, 0.003), y - canvas.chance(0.005, 0.011))], 0.0016, tone)
    for _ in range(60):
        a = canvas.chance(0, 10)
        x, y = (
            GROUND.at(a, 10, -canvas.chance(0.5, 1.8))
            if canvas.rng.random() < 0.5
            else GROUND.at(10, a, -canvas.chance(0.5, 1.8))
        )
        sheet.dot(x, y, canvas.chance(0.002, 0.005), mix(earth, canvas.palette.far, canvas.chance(0.2, 0.7)))
    sheet.lay()


def _garden(canvas: Canvas) -> None:
    """A winding path of slabs and a bed of flowers."""
    sand = mix(mix(canvas.palette.paper, tint("d8bf8f"), 0.6), canvas.palette.ground, 0.1)
    left = spline([(4.3, 7.0), (4.2, 8.3), (4.9, 9.2), (4.8, 10.0)], 6, closed=False)
    right = spline([(6.2, 10.0), (6.3, 9.1), (5.6, 8.2), (5.7, 7.0)], 6, closed=False)
    canvas.shape(
        [GROUND.at(a, b) for a, b in [*left, *right]], Fill(lighter(sand, 0.15), darker(sand, 0.15), texture=0.4)
    )
    sheet = Sheet(canvas)
    for i in range(80):
        a, b = canvas.chance(0.6, 3.6), canvas.chance(5.2, 7.6)
        x, y = GROUND.at(a, b, 0.25)
        tone = (canvas.palette.accent, canvas.palette.second, lighter(canvas.palette.accent, 0.55), (1.0, 1.0, 0.95))[
            i % 4
        ]
        sheet.line([(x, y + 0.009), (x, y)], 0.0015, canvas.palette.foliage)
        sheet.dot(x, y, 0.0046, tone)
        sheet.dot(x, y, 0.0017, tint("ffd84a"))
    sheet.lay()


def _house(canvas: Canvas) -> None:
    at, palette = GROUND.at, canvas.palette
    wall = mix(lighter(palette.paper, 0.1), palette.second, 0.16)
    roof = mix(palette.accent, tint("b0442f"), 0.4)
    canvas.shape([at(7.0, 7.2), at(9.6, 6.2), at(9.6, 3.4), at(7.0, 2.4)], Fill(palette.shade, alpha=0.3, soft=0.008))
    solid(canvas, (2.6, 2.6, 0), (4.6, 4.4, 0.3), mix(palette.far, palette.shade, 0.25))
    solid(canvas, (2.8, 2.8, 0.3), (4.2, 4.0, 3.0), wall)
    for a, b, w in ((3.3, 6.8, 0.9), (5.9, 6.8, 0.8)):
        _pane(canvas, [at(a, b, 1.2), at(a + w, b, 1.2), at(a + w, b, 2.4), at(a, b, 2.4)])
    for b in (3.4, 5.3):
        _pane(canvas, [at(7.0, b + 0.9, 1.2), at(7.0, b, 1.2), at(7.0, b, 2.4), at(7.0, b + 0.9, 2.4)])
    door = [at(4.5, 6.8, 0.3), at(5.5, 6.8, 0.3), at(5.5, 6.8, 2.2), at(4.5, 6.8, 2.2)]
    canvas.shape(door, Fill(lighter(palette.foliage, 0.1), darker(palette.foliage, 0.35)))
    canvas.ellipse(*at(5.3, 6.8, 1.2), 0.004, 0.004, Fill(tint("f0d080")))
    gable = [at(7.0, 2.8, 3.3), at(7.0, 6.8, 3.3), at(7.0, 4.8, 5.4)]
    canvas.shape(gable, Fill(darker(wall, 0.22), darker(wall, 0.38)))
    canvas.shape([at(2.4, 4.8, 5.6), at(7.4, 4.8, 5.6), at(7.4, 2.4, 3.1), at(2.4, 2.4, 3.1)], Fill(darker(roof, 0.4)))
    canvas.shape(
        [at(2.4, 7.25, 3.05), at(7.4, 7.25, 3.05), at(7.4, 4.8, 5.65), at(2.4, 4.8, 5.65)],
        Fill(darker(roof, 0.1), mix(roof, palette.light, 0.2), angle=-60, texture=0.25),
    )
    sheet = Sheet(canvas)
    for i in range(1, 8):
        along, up = 7.25 - 2.45 * i / 8, 3.05 + 2.6 * i / 8
        sheet.line([at(2.4, along, up), at(7.4, along, up)], 0.002, darker(roof, 0.4), 0.7)
        for j in range(14):
            across = 2.5 + 0.36 * j + 0.18 * (i % 2)
            sheet.line([at(across, along, up), at(across, along - 0.3, up + 0.32)], 0.0012, darker(roof, 0.4), 0.5)
    sheet.line([at(7.4, 7.25, 3.05), at(7.4, 4.8, 5.65), at(7.4, 2.4, 3.1)], 0.006, lighter(palette.paper, 0.2))
    sheet.lay()
    solid(canvas, (3.3, 4.0, 4.4), (0.8, 0.8, 2.0), mix(tint("a0553c"), palette.shade, 0.1))
    for i in range(4):
        x, y = at(3.7 - 0.3 * i, 4.4 - 0.3 * i, 6.9 + 0.7 * i)
        canvas.ellipse(x, y, 0.014 + 0.007 * i, 0.011 + 0.005 * i, Fill((1, 1, 1), alpha=0.55 - 0.1 * i, soft=0.006))


def _pane(canvas: Canvas, corners: list[Point]) -> None:
    x, y = (sum(p[i] for p in corners) / 4 for i in (0, 1))
    frame = [(x + (px - x) * 1.2, y + (py - y) * 1.15) for px, py in corners]
    canvas.shape(frame, Fill(lighter(canvas.palette.paper, 0.5)))
    canvas.shape(corners, Fill(tint("ffe2a0"), tint("e8a850")))
    middle = [
        ((corners[i][0] + corners[j][0]) / 2, (corners[i][1] + corners[j][1]) / 2)
        for i, j in ((0, 1), (2, 3), (1, 2), (3, 0))
    ]
    canvas.line(middle[:2], Fill(lighter(canvas.palette.paper, 0.5)), 0.0025)
    canvas.line(middle[2:], Fill(lighter(canvas.palette.paper, 0.5)), 0.0025)
    canvas.glow(x, y, 0.014, tint("ffcf80"), 0.35)


def _trees(canvas: Canvas, spots: tuple[tuple[float, float], ...], brief: Brief) -> None:
    for across, along in spots:
        x, y = GROUND.at(across, along)
        size = canvas.chance(0.05, 0.068)
        canvas.shadow(x + size * 0.5, y + size * 0.1, size * 0.9, size * 0.32, 0.45)
        canvas.line(
            [(x, y), (x, y - size * 1.2)], Fill(tint("6b4a2f"), volume=0.7, bevel=0.004), size * 0.24, size * 0.16
        )
        tone = mix(
            canvas.palette.foliage,
            (canvas.palette.second, tint("6fae4a"), canvas.palette.foliage)[int(canvas.rng.random() * 3)],
            0.4,
        )
        for dx, dy, r in ((-0.35, -1.3, 0.62), (0.38, -1.35, 0.6), (0, -1.8, 0.7)):
            canvas.ellipse(
                x + dx * size,
                y + dy * size,
                r * size,
                r * size * 0.92,
                Fill(tone, darker(tone, 0.3), volume=0.9, bevel=0.3 * size, texture=0.4),
            )
        clumps = [(x + dx * size, y + dy * size, 0.6 * size) for dx, dy in ((-0.35, -1.35), (0.35, -1.4), (0, -1.85))]
        foliage(canvas, clumps, tone, leaf=0.0055, count=int(30 + 45 * brief.detail))


def _fence(canvas: Canvas) -> None:
    white = lighter(canvas.palette.paper, 0.4)
    sheet, at = Sheet(canvas), GROUND.at
    for up in (0.35, 0.7):
        sheet.line([at(0.3, 9.75, up), at(4.3, 9.75, up)], 0.004, darker(white, 0.1))
        sheet.line([at(6.6, 9.75, up), at(9.75, 9.75, up), at(9.75, 0.3, up)], 0.004, darker(white, 0.2))
    for i in range(14):
        for a, b in ((0.3 + 4.0 * i / 13, 9.75), (6.6 + 3.15 * i / 13, 9.75), (9.75, 0.3 + 9.4 * i / 13)):
            sheet.line([at(a, b), at(a, b, 0.95)], 0.0048, white)
    sheet.lay()


def _pond(canvas: Canvas) -> None:
    rim = [GROUND.at(7.9 + 1.5 * math.cos(t * 0.5236), 6.6 + 1.35 * math.sin(t * 0.5236)) for t in range(12)]
    stone = mix(canvas.palette.far, canvas.palette.paper, 0.4)
    canvas.curve(rim, Fill(lighter(stone, 0.2), darker(stone, 0.3), volume=0.6, bevel=0.008, texture=0.5))
    x, y = GROUND.at(7.9, 6.6)
    inner = [(x + (px - x) * 0.84, y + (py - y) * 0.82) for px, py in rim]
    blue = mix(canvas.palette.sky, tint("49b6c9"), 0.5)
    canvas.curve(inner, Fill(darker(blue, 0.2), lighter(blue, 0.4), angle=30))
    for dx, dy, r in ((-0.02, 0.006, 0.012), (0.015, -0.01, 0.01), (0.022, 0.012, 0.008)):
        canvas.ellipse(x + dx, y + dy, r, r * 0.55, Fill(canvas.palette.foliage, darker(canvas.palette.foliage, 0.2)))
    canvas.ellipse(x - 0.018, y + 0.002, 0.006, 0.005, Fill(lighter(canvas.palette.accent, 0.5)))
    canvas.curve(
        [(x - 0.004, y - 0.006), (x + 0.012, y - 0.004), (x + 0.016, y - 0.014), (x + 0.004, y - 0.011)],
        Fill((1, 1, 0.97), volume=0.5, bevel=0.003),
    )


def _bench_and_lamp(canvas: Canvas) -> None:
    wood = tint("9a6a3e")
    solid(canvas, (6.7, 8.4, 0.35), (1.6, 0.5, 0.12), wood)
    solid(canvas, (6.7, 8.3, 0.5), (1.6, 0.1, 0.6), wood)
    x, y = GROUND.at(3.9, 9.3)
    iron = darker(canvas.palette.shade, 0.1)
    canvas.line([(x, y), (x, y - 0.11)], Fill(iron), 0.005)
    canvas.ellipse(x, y - 0.118, 0.011, 0.012, Fill(tint("fff0c0"), tint("ffce70")))
    canvas.glow(x, y - 0.118, 0.022, tint("ffd98a"), 0.6)


def _clouds(canvas: Canvas) -> None:
    for x, y in ((0.16, 0.24), (0.84, 0.17), (0.74, 0.3)):
        size = canvas.chance(0.6, 1.0)
        for dx, dy, r in ((-0.045, 0.008, 0.03), (0.0, -0.008, 0.042), (0.048, 0.008, 0.03), (0.0, 0.014, 0.034)):
            canvas.ellipse(
                x + dx * size,
                y + dy * size,
                r * size,
                r * size * 0.8,
                Fill((1, 1, 1), mix((1, 1, 1), canvas.palette.far, 0.25), volume=0.5, bevel=0.012, alpha=0.96),
            )
