"""The Victorian greenhouse: an iron-and-glass nave full of leaves, seen down its path."""

import math

import numpy as np

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Point, arc, box, darker, lighter, mix, tint
from ..strokes import Sheet, foliage, specks
from .meadow import flowers
from .weather import shafts, sky

VANISH = (0.5, 0.6)
DEPTHS = (0.16, 0.22, 0.3, 0.42, 0.6, 0.86, 1.25)


def greenhouse(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    sky(canvas, 0.66, sun=(canvas.chance(0.3, 0.7), 0.2))
    pale = lighter(mix(palette.horizon, palette.light, 0.3), 0.25)
    canvas.shape(box(canvas.left, canvas.top, canvas.right, canvas.bottom), Fill(pale, alpha=0.22))
    _floor(canvas)
    _glass(canvas)
    shafts(canvas, canvas.chance(0.2, 0.8), canvas.top - 0.05, 0.22)
    for i, depth in enumerate(DEPTHS[1:]):
        _beds(canvas, depth, i / 5, brief.detail)
        if i == 2:
            _fountain(canvas)
        if i < 4:
            canvas.haze(0.2, 0.75, pale, 0.1)
    _fronds(canvas)
    flowers(canvas, 0.9, canvas.bottom, int(16 + 20 * brief.detail), near=0.7)
    specks(canvas, int(12 + 18 * brief.detail), palette.light, size=0.007, top=0.15, bottom=0.9)


def _hoop(depth: float) -> list[Point]:
    """The outline of one iron frame at a depth (1 is near): walls and a round vault."""
    x, y = VANISH
    wide, tall = 0.52 * depth, 0.36 * depth
    vault = [(px, py) for px, py in arc(x, y - tall * 0.75, wide, 180, 360, 22)]
    return [(x - wide, y + tall), *vault, (x + wide, y + tall)]


def _glass(canvas: Canvas) -> None:
    """Frames, purlins and glazing bars, with the panes between them glinting."""
    iron = mix(mix(canvas.palette.foliage, canvas.palette.shade, 0.45), canvas.palette.paper, 0.18)
    sheet = Sheet(canvas)
    hoops = [_hoop(depth) for depth in DEPTHS]
    for near, far in zip(hoops[1:], hoops, strict=False):
        for i in range(1, len(near) - 2):
            if canvas.rng.random() < 0.3:
                pane = [near[i], near[i + 1], far[i + 1], far[i]]
                sheet.polygon(pane, lighter(canvas.palette.light, 0.5), canvas.chance(0.05, 0.35))
    for i in range(len(hoops[0])):
        sheet.line([hoop[i] for hoop in hoops], 0.002 if i % 3 else 0.005, iron, 0.85)
    for depth, hoop in zip(DEPTHS, hoops, strict=True):
        sheet.line(hoop, 0.016 * depth + 0.001, iron)
        sheet.line([(x + 0.004 * depth, y + 0.004 * depth) for x, y in hoop], 0.004 * depth, lighter(iron, 0.45), 0.7)
    x, y = VANISH
    end = _hoop(DEPTHS[0])
    for i in range(3, len(end) - 3, 3):
        sheet.line([(x, y - 0.05), end[i]], 0.0018, iron)
    for depth in DEPTHS[2:]:
        for side in (-1, 1):
            for ring in (0.06, 0.035):
                sheet.line(arc(x + side * 0.44 * depth, y - 0.3 * depth, ring * depth, 0, 360, 20), 0.005 * depth, iron)
    sheet.lay()


def _floor(canvas: Canvas) -> None:
    x, y = VANISH
    stone = mix(mix(canvas.palette.paper, canvas.palette.ground, 0.35), canvas.palette.far, 0.2)
    earth = darker(mix(canvas.palette.foliage, canvas.palette.ground, 0.3), 0.45)
    canvas.shape(
        [
            (canvas.left - 0.5, canvas.bottom + 0.1),
            (x - 0.06, y + 0.03),
            (x + 0.06, y + 0.03),
            (canvas.right + 0.5, canvas.bottom + 0.1),
        ],
        Fill(earth),
    )
    canvas.shape(
        [(0.2, canvas.bottom + 0.05), (x - 0.022, y + 0.04), (x + 0.022, y + 0.04), (0.8, canvas.bottom + 0.05)],
        Fill(lighter(stone, 0.35), darker(stone, 0.3), texture=0.35),
    )
    sheet, line = Sheet(canvas), darker(stone, 0.45)
    for step in np.linspace(0, 1, 13).tolist():
        depth = step * step
        row, half = y + 0.04 + (canvas.bottom + 0.01 - y) * depth, 0.022 + 0.28 * depth
        sheet.line([(x - half, row), (x + half, row)], 0.001 + 0.003 * depth, line, 0.7)
    for share in (-0.5, 0.0, 0.5):
        sheet.line([(x + share * 0.044, y + 0.04), (x + share * 0.6, canvas.bottom + 0.05)], 0.0025, line, 0.6)
    sheet.lay()


def _beds(canvas: Canvas, depth: float, near: float, detail: float) -> None:
    """Both borders at one depth: rounded clumps, taller towards the glass."""
    x, y = VANISH
    tone = mix(mix(canvas.palette.foliage, canvas.palette.horizon, 0.3 * (1 - near)), tint("2f7d46"), 0.4)
    for side in (-1, 1):
        spots = []
        for i in range(4):
            reach = (0.2 + 0.11 * i) * depth
            spots.append(
                (
                    x + side * (reach + canvas.chance(0, 0.04)),
                    y + (0.27 - 0.1 * i - canvas.chance(0, 0.12)) * depth,
                    canvas.chance(0.08, 0.13) * depth,
                )
            )
        shade = mix(tone, canvas.palette.light, canvas.chance(0, 0.14))
        foliage(canvas, spots, shade, leaf=0.018 * depth + 0.003, count=int((35 + 45 * near) * (0.5 + 0.6 * detail)))
        if canvas.rng.random() < 0.6:
            _palm(canvas, x + side * canvas.chance(0.28, 0.4) * depth, y + 0.25 * depth, 0.42 * depth)


def _palm(canvas: Canvas, x: float, y: float, tall: float) -> None:
    trunk = mix(tint("7a5a3a"), canvas.palette.shade, 0.25)
    top = y - tall
    canvas.line(
        [(x, y), (x + tall * 0.05, y - tall * 0.5), (x, top)],
        Fill(trunk, darker(trunk, 0.3), volume=0.6, bevel=0.008, texture=0.5),
        tall * 0.06,
        tall * 0.035,
    )
    sheet, green = Sheet(canvas), mix(canvas.palette.foliage, tint("3c8a4a"), 0.4)
    for i in range(11):
        _frond(
            sheet,
            (x, top),
            math.radians(-175 + 17 * i + canvas.chance(-6, 6)),
            tall * canvas.chance(0.42, 0.6),
            mix(green, canvas.palette.light if i % 2 else canvas.palette.shade, 0.3),
        )
    sheet.lay()


def _frond(sheet: Sheet, root: Point, turn: float, long: float, tone: tuple[float, float, float]) -> None:
    """A feathered palm leaf drooping under its weight."""
    path = []
    for i in range(13):
        share = i / 12
        path.append(
            (
                root[0] + math.cos(turn) * long * share,
                root[1] + math.sin(turn) * long * share * 0.8 + long * 0.5 * share * share,
            )
        )
    sheet.line(path, long * 0.014, tone)
    for i, (x, y) in enumerate(path[1:], 1):
        leaf = long * 0.26 * (1 - abs(i / 12 - 0.45))
        for side in (-1, 1):
            sheet.polygon(
                [
                    (x - long * 0.015, y),
                    (x + side * leaf * 0.45 + math.cos(turn) * leaf * 0.7, y + leaf * 0.75),
                    (x + long * 0.02, y),
                ],
                tone,
            )


def _fountain(canvas: Canvas) -> None:
    x, y = VANISH[0], VANISH[1] + 0.15
    stone = mix(canvas.palette.paper, canvas.palette.far, 0.45)
    canvas.shadow(x, y + 0.015, 0.13, 0.02, 0.5)
    canvas.ellipse(x, y, 0.105, 0.028, Fill(lighter(stone, 0.15), darker(stone, 0.4), angle=0, volume=0.7, bevel=0.01))
    canvas.ellipse(
        x, y - 0.007, 0.092, 0.019, Fill(mix(canvas.palette.sky, canvas.palette.horizon, 0.4), canvas.palette.sky)
    )
    canvas.line(
        [(x, y - 0.005), (x, y - 0.09)], Fill(stone, darker(stone, 0.3), angle=0, volume=0.6, bevel=0.006), 0.022, 0.014
    )
    canvas.ellipse(x, y - 0.085, 0.05, 0.013, Fill(lighter(stone, 0.25), darker(stone, 0.35), volume=0.7, bevel=0.008))
    sheet = Sheet(canvas)
    for i in range(14):
        reach = (i - 6.5) / 6.5
        sheet.line(
            [(x, y - 0.14), (x + reach * 0.025, y - 0.15), (x + reach * 0.055, y - 0.1), (x + reach * 0.07, y - 0.01)],
            0.0018,
            (0.95, 0.98, 1.0),
            0.6,
        )
    sheet.lay()
    canvas.glow(x, y - 0.13, 0.02, canvas.palette.light, 0.4)


def _fronds(canvas: Canvas) -> None:
    """Dark leaves close to the viewer frame the view."""
    sheet = Sheet(canvas)
    dark = mix(darker(canvas.palette.foliage, 0.5), canvas.palette.shade, 0.4)
    for side, x in ((1, canvas.left), (-1, canvas.right)):
        for i in range(5):
            turn = math.radians(-60 + 22 * i)
            angle = turn if side > 0 else math.pi - turn
            _frond(
                sheet,
                (x - side * 0.03, canvas.bottom - 0.06),
                angle,
                canvas.chance(0.2, 0.36),
                mix(dark, canvas.palette.foliage, canvas.chance(0, 0.4)),
            )
            _frond(
                sheet,
                (x - side * 0.02, canvas.top + 0.03),
                math.radians(20 + 25 * i) if side > 0 else math.pi - math.radians(20 + 25 * i),
                canvas.chance(0.12, 0.24),
                dark,
            )
    sheet.lay(soft=0.0025)
