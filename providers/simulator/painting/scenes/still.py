"""The geometric still life: glass cube, sphere, red book and plant in window light."""

from itertools import pairwise

import numpy as np

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, Point, blurred, box, darker, ellipse, lighter, mix, moved, spline, tint
from ..strokes import Sheet, specks


def still(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    wall = mix(mix(palette.paper, palette.horizon, 0.35), palette.far, 0.35)
    canvas.light = (-0.75, -0.65)
    canvas.backdrop((0.0, darker(wall, 0.22)), (0.6, darker(wall, 0.08)), (1.0, darker(wall, 0.25)))
    _window_light(canvas)
    _table(canvas)
    mirror = canvas.rng.random() < 0.5
    sides = (0.78, 0.24) if mirror else (0.22, 0.76)
    _plant(canvas, sides[0], 0.7, brief.detail)
    _book(canvas, 0.5, 0.86, mix(palette.accent, tint("c01f28"), 0.7))
    _sphere(canvas, sides[1], 0.74, 0.125)
    _cube(canvas, 0.5, 0.775, 0.15)
    _small_solids(canvas, sides[0])
    specks(canvas, int(10 + 16 * brief.detail), palette.light, size=0.005, top=0.05, bottom=0.6)


def _window_light(canvas: Canvas) -> None:
    """Panes of sun thrown slantwise over the wall, with the shadow of leaves."""
    lean = canvas.chance(0.1, 0.2)
    left, top = canvas.chance(0.2, 0.34), 0.05
    for column in range(3):
        for row in range(3):
            x, y = left + 0.17 * column + lean * row * 0.5, top + 0.17 * row + 0.05 * column
            pane = [(x, y), (x + 0.155, y + 0.045), (x + 0.155 + lean * 0.45, y + 0.2), (x + lean * 0.45, y + 0.155)]
            canvas.shape(pane, Fill(lighter(canvas.palette.light, 0.25), alpha=0.62, soft=0.004))
    sheet = Sheet(canvas)
    for _ in range(26):
        x, y, turn = canvas.chance(0.45, 0.95), canvas.chance(0.0, 0.35), canvas.chance(0, 180)
        sheet.polygon(
            ellipse(x, y, canvas.chance(0.02, 0.045), canvas.chance(0.006, 0.012), turn, 14), canvas.palette.shade, 0.3
        )
    sheet.lay(soft=0.006)


def _table(canvas: Canvas) -> None:
    wood = mix(tint("a8703f"), canvas.palette.ground, 0.4)
    canvas.shape(
        box(canvas.left - 0.1, 0.66, canvas.right + 0.1, canvas.bottom + 0.1),
        Fill(lighter(wood, 0.22), darker(wood, 0.45), texture=0.25),
    )
    sheet = Sheet(canvas)
    for _ in range(110):
        y = 0.665 + 0.36 * float(canvas.rng.random()) ** 1.4
        x, long = canvas.chance(canvas.left - 0.2, canvas.right), canvas.chance(0.1, 0.5)
        sheet.line(
            [(x, y), (x + long * 0.5, y + canvas.chance(-0.003, 0.003)), (x + long, y)], 0.0012, darker(wood, 0.5), 0.28
        )
    sheet.lay()
    canvas.line([(canvas.left, 0.662), (canvas.right, 0.662)], Fill(lighter(wood, 0.5), alpha=0.7), 0.004)
    canvas.shape(
        [(0.15, 0.68), (0.8, 0.68), (1.0, 1.05), (0.3, 1.05)], Fill(canvas.palette.light, alpha=0.3, soft=0.02)
    )


def _book(canvas: Canvas, x: float, y: float, red: Colour) -> None:
    """A closed book lying flat, spine towards us."""
    canvas.shadow(x + 0.08, y + 0.05, 0.3, 0.05, 0.6)
    top = [(x - 0.22, y - 0.11), (x + 0.16, y - 0.13), (x + 0.25, y - 0.02), (x - 0.2, y + 0.005)]
    front = [(x - 0.2, y + 0.005), (x + 0.25, y - 0.02), (x + 0.25, y + 0.045), (x - 0.2, y + 0.075)]
    side = [(x - 0.22, y - 0.11), (x - 0.2, y + 0.005), (x - 0.2, y + 0.075), (x - 0.22, y - 0.045)]
    canvas.shape(front, Fill(tint("efe6d0"), tint("cbbd9c"), angle=0))
    sheet = Sheet(canvas)
    for i in range(9):
        share = (i + 0.5) / 9
        sheet.line(
            [(x - 0.2, y + 0.01 + 0.06 * share), (x + 0.245, y - 0.018 + 0.06 * share)], 0.001, tint("8c7c5c"), 0.6
        )
    sheet.lay()
    canvas.shape(side, Fill(darker(red, 0.15), darker(red, 0.45)))
    canvas.line([(x - 0.205, y + 0.074), (x + 0.255, y + 0.043)], Fill(darker(red, 0.3)), 0.012)
    canvas.shape(top, Fill(lighter(red, 0.12), darker(red, 0.22), angle=20, texture=0.2))
    canvas.line([(x - 0.2, y + 0.004), (x + 0.25, y - 0.021)], Fill(lighter(red, 0.3)), 0.006)
    rule = [
        (x - 0.18, y - 0.095),
        (x + 0.145, y - 0.112),
        (x + 0.215, y - 0.03),
        (x - 0.165, y - 0.01),
        (x - 0.18, y - 0.095),
    ]
    for start, end in pairwise(rule):
        canvas.line([start, end], Fill(tint("e3b65a"), alpha=0.85), 0.003)


def _sphere(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A polished ball: core shadow, bounced light, window highlight."""
    base = mix(canvas.palette.second, canvas.palette.sky, 0.15)
    canvas.shadow(x + radius * 0.55, y + radius * 0.95, radius * 1.15, radius * 0.24, 0.65)
    canvas.ellipse(
        x, y, radius, radius, Fill(lighter(base, 0.25), darker(base, 0.5), angle=50, volume=0.75, bevel=radius * 0.42)
    )
    canvas.ellipse(
        x + radius * 0.1,
        y + radius * 0.72,
        radius * 0.6,
        radius * 0.16,
        Fill(mix(canvas.palette.accent, base, 0.3), alpha=0.5, soft=radius * 0.08),
    )
    canvas.glow(x - radius * 0.38, y - radius * 0.42, radius * 0.2, canvas.palette.light, 0.75)
    for dx in (-0.52, -0.34):
        pane = [
            (x + radius * dx, y - radius * 0.56),
            (x + radius * (dx + 0.14), y - radius * 0.62),
            (x + radius * (dx + 0.14), y - radius * 0.4),
            (x + radius * dx, y - radius * 0.32),
        ]
        canvas.shape(pane, Fill((1, 1, 1), alpha=0.85, soft=radius * 0.01))


def _cube(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A glass cube on the book: what is behind it shows refracted, its edges catch the light."""
    near = [
        (x - size * 0.85, y - size * 0.22),
        (x + size * 0.12, y),
        (x + size * 0.12, y - size * 1.12),
        (x - size * 0.85, y - size * 1.28),
    ]
    right = [
        (x + size * 0.12, y),
        (x + size * 0.85, y - size * 0.3),
        (x + size * 0.85, y - size * 1.36),
        (x + size * 0.12, y - size * 1.12),
    ]
    top = [
        (x - size * 0.85, y - size * 1.28),
        (x + size * 0.12, y - size * 1.12),
        (x + size * 0.85, y - size * 1.36),
        (x - size * 0.06, y - size * 1.5),
    ]
    canvas.shadow(x + size * 0.7, y - size * 0.08, size * 0.9, size * 0.16, 0.4)
    ice = mix(canvas.palette.sky, tint("dff3fa"), 0.55)
    behind = canvas.pixels.copy()
    shift = round(canvas.scale * size * 0.22)
    canvas.pixels[...] = np.roll(behind, (shift // 2, -shift), (0, 1)) * np.float32(0.55) + blurred(
        behind, size * canvas.scale * 0.05
    ) * np.float32(0.45)
    refracted = canvas.pixels.copy()
    canvas.pixels[...] = behind
    outside = canvas.pixels.copy()
    for face in (near, right, top):
        canvas.shape(face, Fill((1.0, 0.0, 1.0)))
    cover = np.abs(canvas.pixels - np.array((1.0, 0.0, 1.0), np.float32)).max(axis=2, keepdims=True) < np.float32(0.4)
    canvas.pixels[...] = np.where(cover, refracted, outside)
    canvas.shape(near, Fill(lighter(ice, 0.5), ice, angle=40, alpha=0.4))
    canvas.shape(right, Fill(ice, darker(ice, 0.45), angle=60, alpha=0.45))
    canvas.shape(top, Fill(lighter(ice, 0.85), lighter(ice, 0.4), angle=0, alpha=0.6))
    back = (x - size * 0.06, y - size * 0.45)
    for end in (near[0], right[1], top[3]):
        canvas.line([back, end], Fill(lighter(ice, 0.6), alpha=0.5), 0.003)
    for face in (near, right, top):
        for start, end in zip(face, [*face[1:], face[0]], strict=True):
            canvas.line([start, end], Fill((1, 1, 1), alpha=0.75), 0.0042)
    canvas.shape(
        [near[3], (x - size * 0.45, y - size * 1.21), (x - size * 0.7, y - size * 0.19), near[0]],
        Fill((1, 1, 1), alpha=0.22, soft=0.004),
    )
    canvas.glow(x + size * 0.95, y + size * 0.02, 0.03, canvas.palette.light, 0.55)


def _plant(canvas: Canvas, x: float, y: float, detail: float) -> None:
    pot = mix(tint("b9623f"), canvas.palette.ground, 0.3)
    canvas.shadow(x + 0.06, y + 0.03, 0.14, 0.03, 0.55)
    leaf = mix(canvas.palette.foliage, tint("2f7a4a"), 0.4)
    for i in range(int(11 + 8 * detail)):
        lean = canvas.chance(-1, 1)
        tall = canvas.chance(0.26, 0.46) * (1 - 0.25 * abs(lean))
        _leaf(
            canvas,
            (x, y - 0.15),
            (x + lean * 0.24, y - 0.15 - tall),
            mix(leaf, darker(leaf, 0.45) if i % 2 else canvas.palette.light, canvas.chance(0, 0.35)),
        )
    canvas.shape(
        [(x - 0.09, y - 0.15), (x + 0.09, y - 0.15), (x + 0.065, y + 0.03), (x - 0.065, y + 0.03)],
        Fill(lighter(pot, 0.2), darker(pot, 0.4), angle=0, texture=0.25),
    )
    canvas.curve(
        [(x - 0.1, y - 0.17), (x + 0.1, y - 0.17), (x + 0.1, y - 0.13), (x - 0.1, y - 0.13)],
        Fill(lighter(pot, 0.25), darker(pot, 0.35), angle=0, volume=0.5, bevel=0.01),
    )


def _leaf(canvas: Canvas, root: Point, tip: Point, tone: Colour) -> None:
    """A long leaf with a midrib, hung on an arching stem."""
    (x, y), (tx, ty) = root, tip
    bend = ((x + tx) / 2 - (tx - x) * 0.25, (y + ty) / 2 - 0.04)
    stem = spline([root, bend, tip], 6, closed=False)
    canvas.line([root, bend, tip], Fill(darker(tone, 0.3)), 0.006, 0.004)
    dx, dy = tip[0] - stem[-4][0], tip[1] - stem[-4][1]
    long = 0.085 / max((dx * dx + dy * dy) ** 0.5, 1e-6)
    dx, dy = dx * long, dy * long
    blade = [
        (tx - dx * 0.6, ty - dy * 0.6),
        (tx - dx * 0.1 - dy * 0.38, ty - dy * 0.1 + dx * 0.38),
        (tx + dx, ty + dy + 0.012),
        (tx - dx * 0.1 + dy * 0.38, ty - dy * 0.1 - dx * 0.38),
    ]
    canvas.curve(blade, Fill(lighter(tone, 0.12), darker(tone, 0.3), angle=0, volume=0.5, bevel=0.012))
    canvas.line(
        [(tx - dx * 0.6, ty - dy * 0.6), (tx + dx * 0.9, ty + dy * 0.9)], Fill(lighter(tone, 0.4), alpha=0.7), 0.002
    )


def _small_solids(canvas: Canvas, side: float) -> None:
    x = side + (0.06 if side < 0.5 else -0.06)
    tone = mix(canvas.palette.sky, canvas.palette.shade, 0.2)
    canvas.shadow(x + 0.03, 0.915, 0.08, 0.016, 0.5)
    canvas.shape(
        moved([(0, -0.13), (0.065, 0), (-0.02, 0.018)], x, 0.905, 1), Fill(darker(tone, 0.25), darker(tone, 0.45))
    )
    canvas.shape(
        moved([(0, -0.13), (-0.02, 0.018), (-0.07, -0.004)], x, 0.905, 1), Fill(lighter(tone, 0.4), lighter(tone, 0.1))
    )
