"""Heads and hair, which every portrait shares. Sizes are in head heights about the middle of the face."""

from dataclasses import dataclass

from ..canvas import Canvas, Fill
from ..primitives import Colour, Point, darker, lighter, mix, moved, outline, tint
from ..strokes import Sheet

SKINS = tuple(tint(code) for code in ("f0c8a8", "e0ac84", "c68a5e", "9a6541", "6f452c"))
HAIRS = tuple(tint(code) for code in ("2a1d18", "4a2f1f", "7a4a26", "b98345", "191a22", "8e3b1f"))


@dataclass(frozen=True)
class Head:
    """`tall` is the height from chin to crown; `glance` -1..1 moves the pupils; `age` 0..1 adds lines and grey."""

    x: float
    y: float
    tall: float
    skin: Colour
    hair: Colour
    glance: float = 0.0
    age: float = 0.0
    smile: float = 0.3


def skull(head: Head) -> list[Point]:
    right = outline("0,-0.5 0.2,-0.475 0.335,-0.33 0.37,-0.1 0.345,0.12 0.27,0.33 0.13,0.475 0,0.5")
    left = [(-x, y) for x, y in right[-2:0:-1]]
    return moved([*right, *left], head.x, head.y, head.tall)


def draw_head(canvas: Canvas, head: Head) -> None:
    """Neck, ears, skull and features; hair comes after."""
    x, y, tall = head.x, head.y, head.tall
    warm = mix(head.skin, tint("c4503c"), 0.25)
    neck = moved(outline("-0.2,0.2 0.2,0.2 0.21,0.62 0.42,0.78 -0.42,0.78 -0.21,0.62"), x, y, tall)
    canvas.curve(neck, Fill(darker(head.skin, 0.3), darker(head.skin, 0.12), texture=0.08))
    for side in (-1, 1):
        canvas.ellipse(
            x + side * 0.375 * tall,
            y + 0.02 * tall,
            0.055 * tall,
            0.11 * tall,
            Fill(mix(head.skin, warm, 0.5), volume=0.7, bevel=0.02 * tall),
            side * -8,
        )
    canvas.curve(
        skull(head),
        Fill(lighter(head.skin, 0.06), mix(head.skin, warm, 0.3), volume=0.85, bevel=0.085 * tall, texture=0.06),
    )
    away = 1 if canvas.light[0] < 0 else -1
    canvas.ellipse(
        x + away * 0.24 * tall,
        y + 0.1 * tall,
        0.13 * tall,
        0.36 * tall,
        Fill(mix(darker(head.skin, 0.45), canvas.palette.shade, 0.25), alpha=0.3, soft=0.06 * tall),
    )
    canvas.ellipse(
        x - away * 0.13 * tall,
        y - 0.32 * tall,
        0.1 * tall,
        0.07 * tall,
        Fill(lighter(head.skin, 0.6), alpha=0.45, soft=0.03 * tall),
    )
    for side in (-1, 1):
        canvas.ellipse(
            x + side * 0.2 * tall, y + 0.15 * tall, 0.085 * tall, 0.06 * tall, Fill(warm, alpha=0.4, soft=0.03 * tall)
        )
        _eye(canvas, head, side)
    _nose(canvas, head, away)
    _mouth(canvas, head)
    if head.age:
        _lines(canvas, head)


def _eye(canvas: Canvas, head: Head, side: int) -> None:
    x, y, tall = head.x + side * 0.165 * head.tall, head.y - 0.015 * head.tall, head.tall
    canvas.ellipse(
        x, y - 0.01 * tall, 0.1 * tall, 0.065 * tall, Fill(darker(head.skin, 0.4), alpha=0.38, soft=0.02 * tall)
    )
    lid = moved(
        outline("-0.078,0.008 -0.03,-0.034 0.03,-0.036 0.08,0 0.03,0.03 -0.035,0.03"),
        x,
        y,
        tall,
        mirror=side < 0,
    )
    canvas.curve(lid, Fill(tint("f4f0ea"), tint("cfc9c6")))
    iris = mix(canvas.palette.sky, tint("4a3322"), 0.5)
    px = x + head.glance * 0.025 * tall
    canvas.ellipse(px, y - 0.002 * tall, 0.032 * tall, 0.033 * tall, Fill(darker(iris, 0.25), lighter(iris, 0.25)))
    canvas.ellipse(px, y - 0.002 * tall, 0.015 * tall, 0.016 * tall, Fill((0.03, 0.03, 0.05)))
    canvas.ellipse(px - 0.011 * tall, y - 0.013 * tall, 0.008 * tall, 0.008 * tall, Fill((1, 1, 1), alpha=0.95))
    upper = moved([(-0.082, 0.008), (-0.03, -0.036), (0.03, -0.04), (0.088, -0.004)], x, y, tall, mirror=side < 0)
    canvas.line(upper, Fill(darker(head.hair, 0.5)), 0.012 * tall, 0.008 * tall)
    brow = moved([(-0.1, -0.075), (-0.02, -0.108), (0.06, -0.105), (0.115, -0.07)], x, y, tall, mirror=side < 0)
    tone = mix(head.hair, tint("c9c6c2"), head.age * 0.8)
    canvas.line(brow, Fill(darker(tone, 0.2), alpha=0.9, soft=0.003 * tall), 0.034 * tall, 0.014 * tall)


def _nose(canvas: Canvas, head: Head, away: int) -> None:
    x, y, tall = head.x, head.y, head.tall
    side = moved([(0.015, -0.06), (0.05, 0.06), (0.085, 0.15), (0.03, 0.185), (0.0, 0.1)], x, y, tall, mirror=away < 0)
    canvas.curve(side, Fill(darker(head.skin, 0.42), alpha=0.4, soft=0.012 * tall))
    canvas.line(
        [(x - away * 0.012 * tall, y - 0.04 * tall), (x - away * 0.014 * tall, y + 0.12 * tall)],
        Fill(lighter(head.skin, 0.5), alpha=0.5, soft=0.008 * tall),
        0.024 * tall,
    )
    canvas.ellipse(
        x,
        y + 0.14 * tall,
        0.055 * tall,
        0.042 * tall,
        Fill(mix(head.skin, tint("c4503c"), 0.2), alpha=0.6, soft=0.012 * tall, volume=0.6, bevel=0.015 * tall),
    )
    for way in (-1, 1):
        canvas.ellipse(
            x + way * 0.035 * tall,
            y + 0.168 * tall,
            0.018 * tall,
            0.009 * tall,
            Fill(darker(head.skin, 0.7), alpha=0.75, soft=0.003 * tall),
            way * -15,
        )


def _mouth(canvas: Canvas, head: Head) -> None:
    x, y, tall, up = head.x, head.y + 0.285 * head.tall, head.tall, 0.03 * head.smile
    lip = mix(head.skin, tint("a83a3a"), 0.5)
    upper = [(-0.12, -up), (-0.05, -0.024), (0, -0.016), (0.05, -0.024), (0.12, -up), (0, 0.012 + up * 0.4)]
    lower = [(-0.11, -up), (0, 0.004 + up * 0.4), (0.11, -up), (0.05, 0.035), (-0.05, 0.035)]
    canvas.curve(moved(lower, x, y, tall), Fill(lighter(lip, 0.12), lip, volume=0.5, bevel=0.012 * tall))
    canvas.curve(moved(upper, x, y, tall), Fill(darker(lip, 0.15)))
    canvas.line(
        moved([(-0.125, -up * 1.2), (0, 0.008 + up * 0.4), (0.125, -up * 1.2)], x, y, tall),
        Fill(darker(lip, 0.6)),
        0.008 * tall,
    )
    canvas.ellipse(
        x, y + 0.075 * tall, 0.07 * tall, 0.018 * tall, Fill(darker(head.skin, 0.4), alpha=0.35, soft=0.014 * tall)
    )


def _lines(canvas: Canvas, head: Head) -> None:
    sheet, x, y, tall = Sheet(canvas), head.x, head.y, head.tall
    tone = darker(head.skin, 0.5)
    for i in range(3):
        rise = -0.22 - 0.05 * i
        sheet.line(
            moved([(-0.17, rise + 0.01), (0, rise - 0.008), (0.17, rise + 0.01)], x, y, tall),
            0.008 * tall,
            tone,
            0.4 * head.age,
        )
    for side in (-1, 1):
        sheet.line(
            moved([(0.085, 0.15), (0.14, 0.24), (0.15, 0.3)], x, y, tall, mirror=side < 0),
            0.01 * tall,
            tone,
            0.5 * head.age,
        )
        sheet.line(
            moved([(0.1, 0.05), (0.16, 0.065), (0.23, 0.04)], x, y, tall, mirror=side < 0),
            0.008 * tall,
            tone,
            0.5 * head.age,
        )
    sheet.lay(soft=0.003 * tall)


def short_hair(canvas: Canvas, head: Head, *, sweep: float = 0.1) -> None:
    """A full head of short hair with a swept fringe and combed strands."""
    crown = [
        (-0.39, 0.05),
        (-0.42, -0.2),
        (-0.36, -0.47),
        (-0.16, -0.63),
        (0.1, -0.65),
        (0.33, -0.52),
        (0.42, -0.24),
        (0.385, 0.05),
        (0.345, -0.08),
        (0.31, -0.25),
        (0.18 + sweep, -0.33),
        (-0.05, -0.29 - sweep * 0.5),
        (-0.24, -0.31),
        (-0.33, -0.16),
        (-0.35, -0.02),
    ]
    body = moved(crown, head.x, head.y, head.tall)
    canvas.curve(
        body,
        Fill(
            mix(head.hair, canvas.palette.light, 0.12),
            darker(head.hair, 0.3),
            volume=0.9,
            bevel=0.06 * head.tall,
            texture=0.3,
        ),
    )
    sheet = Sheet(canvas)
    for _ in range(150):
        share = canvas.chance(-1, 1)
        start = (share * 0.3 + 0.05, -0.6 + 0.12 * share * share)
        end = (share * 0.36 + sweep * 0.4, canvas.chance(-0.42, -0.3) + abs(share) * 0.2)
        bend = ((start[0] + end[0]) / 2 + share * 0.07, (start[1] + end[1]) / 2 - 0.03)
        tone = mix(darker(head.hair, 0.4), mix(head.hair, canvas.palette.light, 0.45), canvas.chance(0, 1))
        sheet.line(moved([start, bend, end], head.x, head.y, head.tall), 0.006 * head.tall, tone, 0.55)
    sheet.lay(soft=0.001)


def long_hair_behind(canvas: Canvas, head: Head) -> None:
    mane = outline(
        "0,-0.66 0.36,-0.54 0.48,-0.1 0.5,0.4 0.62,0.85 0.2,0.9 -0.2,0.9 -0.62,0.85 -0.5,0.4 -0.48,-0.1 -0.36,-0.54"
    )
    canvas.curve(
        moved(mane, head.x, head.y, head.tall),
        Fill(head.hair, darker(head.hair, 0.45), volume=0.6, bevel=0.08 * head.tall, texture=0.4),
    )


def shoulders(canvas: Canvas, head: Head, cloth: Colour) -> None:
    """A plain garment from the neck to the lower edge."""
    x, y, tall = head.x, head.y, head.tall
    body = moved(
        outline(
            "-0.26,0.62 -0.8,0.8 -1.05,1.15 -1.2,2.2 1.2,2.2 1.05,1.15 0.8,0.8 0.26,0.62 0.12,0.76 0,0.8 -0.12,0.76"
        ),
        x,
        y,
        tall,
    )
    canvas.curve(body, Fill(lighter(cloth, 0.08), darker(cloth, 0.4), volume=0.8, bevel=0.1 * tall, texture=0.25))
    collar = moved([(-0.27, 0.62), (-0.14, 0.78), (0, 0.83), (0.14, 0.78), (0.27, 0.62)], x, y, tall)
    canvas.line(collar, Fill(darker(cloth, 0.35), volume=0.6, bevel=0.015 * tall), 0.07 * tall)
