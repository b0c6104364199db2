"""The superhero portrait: masked, caped, above a city at low sun."""

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, Point, box, darker, lighter, mix, moved, outline, tint
from .city import skyline
from .people import HAIRS, SKINS, Head, draw_head, long_hair_behind, short_hair
from .weather import shafts, sky


def hero(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    sky(canvas, 0.85, sun=(0.5, 0.5))
    canvas.light = (-0.75, -0.6)
    shafts(canvas, 0.5, 0.46, 0.14, 9)
    skyline(canvas, 1.02, 0.5, mix(palette.far, palette.horizon, 0.4), lit=0.15)
    canvas.haze(0.5, 1.0, palette.horizon, 0.5)
    skyline(canvas, 1.08, 0.36, mix(palette.far, palette.shade, 0.55), lit=0.5, step=0.1)
    suit = (
        mix(palette.sky, tint("1c2f8a"), 0.5) if canvas.rng.random() < 0.6 else mix(palette.foliage, palette.shade, 0.3)
    )
    cape = mix(palette.accent, tint("b0142a"), 0.4)
    woman = bool(brief.words & {"woman", "girl", "female", "superheroine", "she", "her"}) or canvas.rng.random() < 0.4
    head = Head(
        0.5,
        0.3,
        0.31,
        SKINS[int(canvas.rng.random() * 5)],
        HAIRS[int(canvas.rng.random() * 6)],
        canvas.chance(-0.4, 0.4),
        0,
        0.35,
    )
    _cape(canvas, cape)
    if woman:
        long_hair_behind(canvas, head)
    draw_head(canvas, head)
    _torso(canvas, suit)
    _collar(canvas, cape)
    _emblem(canvas, cape)
    _mask(canvas, head, darker(suit, 0.35))
    short_hair(canvas, head, sweep=canvas.chance(0.02, 0.18))
    canvas.glow(0.14, 0.1, 0.14, palette.light, 0.25)


def _cape(canvas: Canvas, cape: Colour) -> None:
    side = 1 if canvas.rng.random() < 0.5 else -1
    flying: list[Point] = outline(
        "-0.2,0.48 -0.32,0.62 -0.4,0.95 -0.3,1.3 0.3,1.3 0.52,0.98 0.62,0.7 0.7,0.42 0.5,0.5 0.34,0.5 0.2,0.46"
    )
    canvas.curve(
        moved(flying, 0.5, 0, 1, mirror=side < 0),
        Fill(lighter(cape, 0.1), darker(cape, 0.5), volume=1.0, bevel=0.05, texture=0.2),
    )
    for i in range(6):
        fold = moved(
            [(0.22 + 0.02 * i, 0.52), (0.3 + 0.05 * i, 0.64 - 0.01 * i), (0.34 + 0.06 * i, 0.95 - 0.08 * i)],
            0.5,
            0,
            1,
            mirror=side < 0,
        )
        canvas.line(fold, Fill(darker(cape, 0.6), alpha=0.45, soft=0.006), 0.006, 0.026)


def _torso(canvas: Canvas, suit: Colour) -> None:
    body = outline(
        "0.41,0.485 0.5,0.53 0.59,0.485 0.73,0.55 0.82,0.66 0.86,0.9 0.86,1.2 0.14,1.2 0.14,0.9 0.18,0.66 0.27,0.55"
    )
    canvas.curve(body, Fill(lighter(suit, 0.12), darker(suit, 0.45), volume=1.0, bevel=0.06, texture=0.18))
    for side in (-1, 1):
        pec = moved(
            outline("0.015,0.66 0.12,0.62 0.22,0.67 0.2,0.8 0.1,0.85 0.015,0.82"),
            0.5,
            0,
            1,
            mirror=side < 0,
        )
        canvas.curve(pec, Fill(lighter(suit, 0.14), darker(suit, 0.25), volume=0.85, bevel=0.04, soft=0.003))
        arm = moved(
            outline("0.22,0.62 0.3,0.6 0.37,0.7 0.38,0.9 0.36,1.15 0.27,1.15 0.26,0.85"),
            0.5,
            0,
            1,
            mirror=side < 0,
        )
        canvas.curve(arm, Fill(lighter(suit, 0.08), darker(suit, 0.35), volume=1.0, bevel=0.04, soft=0.002))
        for i in range(2):
            ab = moved(
                [
                    (0.012, 0.88 + 0.08 * i),
                    (0.09, 0.88 + 0.08 * i),
                    (0.085, 0.945 + 0.08 * i),
                    (0.012, 0.945 + 0.08 * i),
                ],
                0.5,
                0,
                1,
                mirror=side < 0,
            )
            canvas.curve(ab, Fill(lighter(suit, 0.06), darker(suit, 0.2), volume=0.7, bevel=0.02, soft=0.003))


def _collar(canvas: Canvas, cape: Colour) -> None:
    for side in (-1, 1):
        roll = moved(
            outline("0.07,0.5 0.13,0.475 0.24,0.53 0.29,0.6 0.2,0.61 0.1,0.57"),
            0.5,
            0,
            1,
            mirror=side < 0,
        )
        canvas.curve(roll, Fill(lighter(cape, 0.15), darker(cape, 0.4), volume=1.0, bevel=0.02))
        canvas.ellipse(
            0.5 + side * 0.2, 0.6, 0.022, 0.022, Fill(tint("f0c860"), tint("8a6420"), volume=1.0, bevel=0.01)
        )


def _emblem(canvas: Canvas, cape: Colour) -> None:
    gold = mix(tint("f4c542"), canvas.palette.second, 0.3)
    shield = outline("0.41,0.655 0.5,0.635 0.59,0.655 0.585,0.74 0.5,0.82 0.415,0.74")
    canvas.shape(shield, Fill(lighter(gold, 0.2), darker(gold, 0.2), volume=0.8, bevel=0.012))
    inner = [(0.5 + (x - 0.5) * 0.82, 0.72 + (y - 0.72) * 0.82) for x, y in shield]
    canvas.shape(inner, Fill(cape, darker(cape, 0.3)))
    kind = int(canvas.rng.random() * 3)
    if kind == 0:
        bolt = outline("0.51,0.665 0.465,0.735 0.495,0.735 0.48,0.79 0.54,0.71 0.508,0.71 0.525,0.665")
    elif kind == 1:
        bolt = outline(
            "0.5,0.665 0.513,0.703 0.553,0.703 0.521,0.727 0.533,0.767 0.5,0.743 0.467,0.767 "
            "0.479,0.727 0.447,0.703 0.487,0.703"
        )
    else:
        bolt = [
            *box(0.487, 0.67, 0.513, 0.77),
            (0.487, 0.77),
            (0.487, 0.72),
            (0.455, 0.72),
            (0.455, 0.695),
            (0.545, 0.695),
            (0.545, 0.72),
            (0.487, 0.72),
        ]
    canvas.shape(bolt, Fill(lighter(gold, 0.3), gold))


def _mask(canvas: Canvas, head: Head, tone: Colour) -> None:
    """A domino mask with the eyes shining through."""
    half = outline("0,-0.1 0.12,-0.135 0.3,-0.12 0.37,-0.05 0.3,0.06 0.17,0.085 0.07,0.05 0,0.03")
    whole = half + [(-x, y) for x, y in half[-2:0:-1]]
    canvas.curve(
        moved(whole, head.x, head.y, head.tall), Fill(lighter(tone, 0.1), darker(tone, 0.3), volume=0.7, bevel=0.015)
    )
    for side in (-1, 1):
        slit = moved(
            [(0.085, -0.01), (0.15, -0.055), (0.245, -0.05), (0.21, 0.015), (0.14, 0.025)],
            head.x,
            head.y,
            head.tall,
            mirror=side < 0,
        )
        canvas.curve(slit, Fill((0.97, 0.98, 1.0), lighter(canvas.palette.sky, 0.6)))
