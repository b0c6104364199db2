"""The fantasy warrior: an armoured bust before a burning or moonlit sky."""

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, darker, lighter, mix, moved, outline, tint
from ..strokes import Sheet, specks
from .land import range_of
from .weather import shafts

STEEL = tint("8d98a8")


def knight(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    low = mix(palette.horizon, palette.accent, 0.25)
    canvas.backdrop(
        (0.0, darker(palette.sky, 0.55)), (0.5, mix(palette.sky, low, 0.5)), (0.8, low), (1.0, darker(low, 0.5))
    )
    canvas.light = (-0.75, -0.65)
    canvas.glow(canvas.chance(0.3, 0.7), 0.42, 0.26, palette.light, 0.65)
    shafts(canvas, 0.5, -0.1, 0.12)
    range_of(canvas, 1.0, 0.48, mix(palette.far, palette.shade, 0.35))
    canvas.haze(0.45, 0.95, low, 0.7)
    _castle(canvas)
    gold = mix(tint("d8a84a"), palette.second, 0.35)
    steel = mix(STEEL, palette.sky, 0.18) if canvas.rng.random() < 0.65 else mix(tint("3a3f4c"), palette.sky, 0.15)
    _cape(canvas)
    _sword(canvas, gold)
    _body(canvas, steel, gold)
    for side in (-1, 1):
        _pauldron(canvas, side, steel, gold)
    _helm(canvas, steel, gold, horned=canvas.rng.random() < 0.45)
    specks(
        canvas, int(16 + 26 * brief.detail), mix(palette.accent, palette.light, 0.5), size=0.009, top=0.1, bottom=1.0
    )


def _castle(canvas: Canvas) -> None:
    tone = mix(canvas.palette.far, canvas.palette.shade, 0.55)
    at = 0.16 if canvas.rng.random() < 0.5 else 0.84
    for dx, wide, top in ((-0.1, 0.05, 0.5), (-0.04, 0.1, 0.58), (0.06, 0.045, 0.42), (0.11, 0.06, 0.55)):
        x = at + dx
        canvas.shape([(x - wide / 2, top), (x, top - wide * 1.7), (x + wide / 2, top)], Fill(darker(tone, 0.2)))
        canvas.shape(
            [(x - wide * 0.4, top), (x + wide * 0.4, top), (x + wide * 0.45, 0.95), (x - wide * 0.45, 0.95)],
            Fill(tone, mix(tone, canvas.palette.horizon, 0.5)),
        )
        canvas.ellipse(x, top + 0.05, 0.005, 0.01, Fill(tint("ffd27a")))


def _cape(canvas: Canvas) -> None:
    red = mix(canvas.palette.accent, tint("8c1220"), 0.35)
    cape = outline("0.3,0.55 0.14,0.7 0.05,0.95 0,1.25 1,1.25 0.97,0.9 0.86,0.68 0.7,0.55")
    canvas.curve(cape, Fill(red, darker(red, 0.55), volume=0.9, bevel=0.05, texture=0.3))
    for i in range(9):
        x = 0.1 + 0.1 * i
        canvas.line(
            [(0.5 + (x - 0.5) * 0.55, 0.6), (x, 0.85), (x - 0.02, 1.1)],
            Fill(darker(red, 0.55), alpha=0.5, soft=0.008),
            0.008,
            0.03,
        )


def _sword(canvas: Canvas, gold: Colour) -> None:
    side = 1 if canvas.rng.random() < 0.5 else -1
    x = 0.5 + side * 0.33
    blade = [(x - 0.02, 0.72), (x - 0.017, 0.12), (x, 0.04), (x + 0.017, 0.12), (x + 0.02, 0.72)]
    canvas.shape(blade, Fill(tint("e8eef5"), tint("7d8898"), angle=0))
    canvas.shape([(x, 0.05), (x + 0.017, 0.12), (x + 0.02, 0.72), (x, 0.72)], Fill(tint("566172"), alpha=0.55))
    canvas.glow(x, 0.3, 0.04, canvas.palette.light, 0.5)
    canvas.curve(
        [(x - 0.1, 0.7), (x, 0.715), (x + 0.1, 0.7), (x + 0.09, 0.735), (x, 0.745), (x - 0.09, 0.735)],
        Fill(lighter(gold, 0.2), darker(gold, 0.35), volume=0.9, bevel=0.01),
    )
    canvas.line([(x, 0.74), (x, 0.88)], Fill(tint("4a2b1c"), volume=0.8, bevel=0.01), 0.028)
    canvas.ellipse(x, 0.9, 0.024, 0.024, Fill(gold, darker(gold, 0.4), volume=1.0, bevel=0.012))


def _body(canvas: Canvas, steel: Colour, gold: Colour) -> None:
    chest = outline("0.36,0.56 0.5,0.53 0.64,0.56 0.75,0.68 0.76,0.9 0.7,1.15 0.3,1.15 0.24,0.9 0.25,0.68")
    canvas.curve(chest, Fill(lighter(steel, 0.18), darker(steel, 0.45), volume=1.0, bevel=0.06, texture=0.2))
    for side in (-1, 1):
        plate = moved(
            outline("0.02,0.66 0.12,0.63 0.2,0.7 0.19,0.84 0.09,0.9 0.015,0.86"),
            0.5,
            0,
            1,
            mirror=side < 0,
        )
        canvas.curve(plate, Fill(lighter(steel, 0.28), darker(steel, 0.3), volume=1.0, bevel=0.035, texture=0.2))
    canvas.line([(0.5, 0.62), (0.5, 1.05)], Fill(lighter(gold, 0.15), volume=0.8, bevel=0.008), 0.016, 0.02)
    for y in (0.94, 1.0):
        canvas.line([(0.29, y - 0.03), (0.5, y + 0.02), (0.71, y - 0.03)], Fill(darker(steel, 0.5), alpha=0.8), 0.006)
    canvas.ellipse(0.5, 0.75, 0.055, 0.06, Fill(lighter(gold, 0.2), darker(gold, 0.35), volume=1.0, bevel=0.014))
    canvas.ellipse(
        0.5,
        0.75,
        0.032,
        0.036,
        Fill(lighter(canvas.palette.accent, 0.25), darker(canvas.palette.accent, 0.4), volume=0.8, bevel=0.014),
    )
    canvas.glow(0.492, 0.738, 0.01, (1, 1, 1), 0.9)
    gorget = outline("0.37,0.55 0.42,0.5 0.5,0.49 0.58,0.5 0.63,0.55 0.6,0.62 0.5,0.66 0.4,0.62")
    canvas.curve(gorget, Fill(darker(steel, 0.05), darker(steel, 0.55), volume=1.0, bevel=0.02, texture=0.2))
    canvas.line([(0.385, 0.6), (0.5, 0.655), (0.615, 0.6)], Fill(gold, volume=0.8, bevel=0.006), 0.014)


def _pauldron(canvas: Canvas, side: int, steel: Colour, gold: Colour) -> None:
    for i in (2, 1, 0):
        spread, drop = 0.012 * i, 0.055 * i
        plate = [
            (0.13, 0.57 + drop),
            (0.22, 0.53 + drop),
            (0.32 + spread, 0.59 + drop),
            (0.37 + spread, 0.7 + drop),
            (0.33, 0.74 + drop),
            (0.22, 0.69 + drop),
            (0.14, 0.67 + drop),
        ]
        points = moved(plate, 0.5, 0, 1, mirror=side < 0)
        canvas.shadow(0.5 + side * 0.25, 0.68 + drop, 0.1, 0.03, 0.3)
        canvas.curve(
            points, Fill(lighter(steel, 0.25 - 0.06 * i), darker(steel, 0.35), volume=1.0, bevel=0.03, texture=0.2)
        )
        rim = moved([(0.14, 0.672 + drop), (0.22, 0.692 + drop), (0.33, 0.742 + drop)], 0.5, 0, 1, mirror=side < 0)
        canvas.line(rim, Fill(lighter(gold, 0.1), volume=0.8, bevel=0.006), 0.013)
    spike = moved([(0.2, 0.55), (0.27, 0.42), (0.27, 0.56)], 0.5, 0, 1, mirror=side < 0)
    canvas.shape(spike, Fill(lighter(steel, 0.3), darker(steel, 0.4), volume=0.8, bevel=0.015))


def _crest(canvas: Canvas, *, horned: bool) -> None:
    """Horns or a plume."""
    if not horned:
        plume = outline("0.5,0.2 0.44,0.08 0.52,0 0.68,0.02 0.82,0.16 0.85,0.36 0.76,0.25 0.64,0.17 0.56,0.2")
        canvas.curve(
            plume,
            Fill(
                lighter(canvas.palette.accent, 0.12),
                darker(canvas.palette.accent, 0.5),
                volume=0.9,
                bevel=0.03,
                texture=0.5,
            ),
        )
        _barbs(canvas)
    else:
        for side in (-1, 1):
            horn = moved(
                outline("0.12,0.25 0.22,0.21 0.28,0.1 0.26,0 0.33,0.1 0.31,0.23 0.22,0.32 0.13,0.34"),
                0.5,
                0,
                1,
                mirror=side < 0,
            )
            canvas.curve(horn, Fill(tint("e6d8b8"), tint("6e5a3c"), volume=1.0, bevel=0.02, texture=0.3))


def _helm(canvas: Canvas, steel: Colour, gold: Colour, *, horned: bool) -> None:
    _crest(canvas, horned=horned)
    helm = outline(
        "0.5,0.135 0.6,0.165 0.66,0.27 0.66,0.4 0.62,0.5 0.55,0.565 0.5,0.58 0.45,0.565 "
        "0.38,0.5 0.34,0.4 0.34,0.27 0.4,0.165"
    )
    canvas.shadow(0.52, 0.58, 0.13, 0.03, 0.5)
    canvas.curve(helm, Fill(lighter(steel, 0.3), darker(steel, 0.35), volume=1.0, bevel=0.055, texture=0.2))
    slit = outline(
        "0.375,0.325 0.45,0.335 0.485,0.36 0.485,0.52 0.5,0.545 0.515,0.52 0.515,0.36 "
        "0.55,0.335 0.625,0.325 0.61,0.375 0.54,0.4 0.535,0.5 0.5,0.56 0.465,0.5 0.46,0.4 "
        "0.39,0.375"
    )
    canvas.shape(slit, Fill((0.03, 0.03, 0.06), (0.08, 0.06, 0.09)))
    for side in (-1, 1):
        canvas.glow(0.5 + side * 0.068, 0.358, 0.012, mix(canvas.palette.second, canvas.palette.light, 0.4), 0.95)
    canvas.line([(0.5, 0.135), (0.5, 0.345)], Fill(lighter(gold, 0.2), volume=0.9, bevel=0.008), 0.022, 0.03)
    canvas.line(
        [(0.355, 0.31), (0.43, 0.315), (0.5, 0.335), (0.57, 0.315), (0.645, 0.31)],
        Fill(lighter(gold, 0.15), darker(gold, 0.3), volume=0.9, bevel=0.008),
        0.02,
    )
    for i in range(4):
        for side in (-1, 1):
            canvas.ellipse(
                0.5 + side * (0.065 + 0.012 * (i % 2)), 0.43 + 0.03 * i, 0.006, 0.006, Fill((0.05, 0.05, 0.08))
            )
    canvas.line(
        [(0.375, 0.2), (0.352, 0.3), (0.355, 0.42)], Fill(lighter(steel, 0.8), alpha=0.6, soft=0.004), 0.012, 0.004
    )


def _barbs(canvas: Canvas) -> None:
    sheet = Sheet(canvas)
    red = canvas.palette.accent
    for _ in range(90):
        share = canvas.chance(0, 1)
        x, y = 0.5 + 0.34 * share, 0.06 + 0.22 * share * share
        tone = mix(darker(red, 0.45), lighter(red, 0.35), canvas.chance(0, 1))
        sheet.line([(x - 0.03, y + 0.05), (x, y), (x + 0.035, y + canvas.chance(-0.02, 0.06))], 0.0025, tone, 0.7)
    sheet.lay()
