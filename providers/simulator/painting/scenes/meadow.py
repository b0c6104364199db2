"""Baby animals in a sunny meadow."""

from dataclasses import dataclass

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Colour, Point, darker, lighter, mix, moved, outline, tint
from ..strokes import Sheet, foliage, grass, specks
from .land import range_of
from .weather import sky


@dataclass(frozen=True)
class Animal:
    coat: Colour
    belly: Colour
    ears: str
    muzzle: str
    tail: str
    spots: bool = False


ANIMALS = {
    "fox": Animal(tint("d8702c"), tint("fbeee0"), "pointed", "long", "bushy"),
    "kitten": Animal(tint("a9a4a0"), tint("f3efea"), "pointed", "short", "thin"),
    "bunny": Animal(tint("c9ad8e"), tint("fbf5ec"), "tall", "short", "puff"),
    "puppy": Animal(tint("c99352"), tint("fbeed8"), "floppy", "long", "thin"),
    "duckling": Animal(tint("f4cd3f"), tint("fbe68a"), "none", "beak", "puff"),
    "bear": Animal(tint("7b5235"), tint("cfa67c"), "round", "long", "puff"),
    "fawn": Animal(tint("b9773f"), tint("f6e8d2"), "leaf", "long", "puff", spots=True),
    "capybara": Animal(tint("9a6b43"), tint("b98a5e"), "round", "long", "puff"),
}
ALSO = {
    "rabbit": "bunny",
    "cat": "kitten",
    "kittens": "kitten",
    "dog": "puppy",
    "puppies": "puppy",
    "chick": "duckling",
    "deer": "fawn",
    "bunnies": "bunny",
}


def meadow(canvas: Canvas, brief: Brief) -> None:
    palette = canvas.palette
    sky(canvas, 0.5)
    range_of(canvas, 0.52, 0.16, mix(palette.far, palette.horizon, 0.35), rough=0.42)
    canvas.haze(0.3, 0.5, palette.horizon, 0.4)
    trees = [
        (canvas.chance(canvas.left, canvas.right), canvas.chance(0.46, 0.5), canvas.chance(0.03, 0.06))
        for _ in range(12)
    ]
    foliage(canvas, trees, mix(palette.foliage, palette.far, 0.35), leaf=0.008, count=70)
    green = mix(palette.ground, palette.foliage, 0.35)
    for top, share in ((0.5, 0.3), (0.62, 0.15)):
        hill = [
            (canvas.left - 0.2, top + 0.03),
            (0.2, top - 0.02),
            (0.55, top + 0.02),
            (0.8, top - 0.015),
            (canvas.right + 0.2, top + 0.02),
            (canvas.right + 0.2, 1.3),
            (canvas.left - 0.2, 1.3),
        ]
        canvas.curve(hill, Fill(mix(green, palette.light, share + 0.1), darker(green, 0.3), texture=0.35))
    blades = (green, palette.foliage, mix(green, palette.light, 0.35))
    grass(canvas, 0.55, 0.8, int(500 + 700 * brief.detail), 0.05, blades)
    flowers(canvas, 0.58, 0.84, int(30 + 60 * brief.detail))
    names = _cast(canvas, brief)
    places = {1: [(0.5, 0.9, 0.56)], 2: [(0.3, 0.86, 0.44), (0.7, 0.9, 0.45)]}.get(
        len(names), [(0.5, 0.78, 0.36), (0.2, 0.9, 0.39), (0.8, 0.91, 0.4)]
    )
    for name, (x, y, size) in zip(names, places, strict=True):
        animal(canvas, ANIMALS[name], x, y, size)
    grass(canvas, 0.88, canvas.bottom + 0.06, int(350 + 500 * brief.detail), 0.085, blades)
    flowers(canvas, 0.91, canvas.bottom, int(16 + 30 * brief.detail), near=0.6)
    specks(canvas, 16, palette.light, size=0.007, top=0.45, bottom=0.95)
    _butterflies(canvas)


def _cast(canvas: Canvas, brief: Brief) -> list[str]:
    """The animals the prompt names, else three of them."""
    named = [name for name in ANIMALS if name in brief.words]
    named += [ALSO[word] for word in sorted(brief.words & ALSO.keys()) if ALSO[word] not in named]
    if named:
        return named[:3]
    pool = [name for name in ANIMALS if name != "capybara"]
    return [pool.pop(int(canvas.rng.random() * len(pool))) for _ in range(3)]


def animal(canvas: Canvas, kind: Animal, x: float, y: float, size: float) -> None:
    """A sitting young animal with its feet at (x, y), `size` tall."""
    canvas.shadow(x + 0.06 * size, y, 0.36 * size, 0.05 * size, 0.5)
    coat = Fill(lighter(kind.coat, 0.1), darker(kind.coat, 0.22), volume=0.85, bevel=0.07 * size, texture=0.35)
    _tail(canvas, kind, x, y, size)
    canvas.curve(
        moved(outline("-0.2,-0.45 0,-0.52 0.2,-0.45 0.3,-0.2 0.27,-0.03 0,0.02 -0.27,-0.03 -0.3,-0.2"), x, y, size),
        coat,
    )
    canvas.ellipse(
        x, y - 0.2 * size, 0.15 * size, 0.2 * size, Fill(kind.belly, darker(kind.belly, 0.15), soft=0.025 * size)
    )
    for side in (-1, 1):
        canvas.ellipse(
            x + side * 0.12 * size,
            y - 0.01 * size,
            0.1 * size,
            0.05 * size,
            Fill(
                kind.belly if kind.muzzle != "beak" else tint("f08a24"),
                darker(kind.belly, 0.3),
                volume=0.7,
                bevel=0.02 * size,
            ),
        )
    if kind.spots:
        for _ in range(9):
            canvas.ellipse(
                x + canvas.chance(-0.24, 0.24) * size,
                y - canvas.chance(0.15, 0.42) * size,
                0.018 * size,
                0.016 * size,
                Fill(kind.belly, alpha=0.8),
            )
    _face(canvas, kind, x, y, size)


def _face(canvas: Canvas, kind: Animal, x: float, y: float, size: float) -> None:
    _ears(canvas, kind, x, y - 0.66 * size, size)
    face = outline(
        "0,-0.92 0.2,-0.88 0.31,-0.7 0.29,-0.55 0.15,-0.43 0,-0.4 -0.15,-0.43 -0.29,-0.55 -0.31,-0.7 -0.2,-0.88"
    )
    canvas.curve(
        moved(face, x, y, size),
        Fill(lighter(kind.coat, 0.14), darker(kind.coat, 0.12), volume=0.85, bevel=0.07 * size, texture=0.3),
    )
    for side in (-1, 1):
        cheek = moved(
            [(0.04, -0.5), (0.18, -0.62), (0.29, -0.58), (0.2, -0.45), (0.06, -0.41)], x, y, size, mirror=side < 0
        )
        canvas.curve(cheek, Fill(kind.belly, alpha=0.85, soft=0.018 * size))
    _fur(canvas, kind, moved(face, x, y, size), x, y - 0.66 * size, size)
    _features(canvas, kind, x, y - 0.66 * size, size)


def _tail(canvas: Canvas, kind: Animal, x: float, y: float, size: float) -> None:
    if kind.tail == "bushy":
        canvas.curve(
            moved(outline("0.2,-0.08 0.42,-0.1 0.56,-0.3 0.54,-0.52 0.44,-0.4 0.34,-0.22"), x, y, size),
            Fill(kind.coat, darker(kind.coat, 0.2), volume=0.9, bevel=0.04 * size, texture=0.5),
        )
        canvas.ellipse(
            x + 0.53 * size, y - 0.47 * size, 0.04 * size, 0.07 * size, Fill(kind.belly, soft=0.012 * size), -10
        )
    elif kind.tail == "thin":
        canvas.line(
            moved([(0.22, -0.06), (0.42, -0.1), (0.44, -0.28), (0.38, -0.36)], x, y, size),
            Fill(darker(kind.coat, 0.12), volume=0.9, bevel=0.02 * size),
            0.07 * size,
            0.045 * size,
        )
    else:
        canvas.ellipse(
            x + 0.29 * size, y - 0.12 * size, 0.08 * size, 0.075 * size, Fill(kind.belly, volume=0.9, bevel=0.03 * size)
        )


def _ears(canvas: Canvas, kind: Animal, x: float, y: float, size: float) -> None:
    shapes: dict[str, list[Point]] = {
        "pointed": [(0.08, -0.2), (0.26, -0.42), (0.31, -0.06)],
        "tall": [(0.05, -0.2), (0.06, -0.5), (0.13, -0.62), (0.2, -0.5), (0.18, -0.18)],
        "floppy": [(0.18, -0.24), (0.3, -0.2), (0.38, 0.02), (0.34, 0.16), (0.26, 0.06)],
        "round": [(0.14, -0.2), (0.2, -0.32), (0.3, -0.32), (0.34, -0.2), (0.27, -0.1)],
        "leaf": [(0.2, -0.18), (0.36, -0.34), (0.46, -0.3), (0.4, -0.17), (0.27, -0.08)],
    }
    if kind.ears == "none":
        return
    edge = shapes[kind.ears]
    cx, cy = (sum(p[i] for p in edge) / len(edge) for i in (0, 1))
    inner = [(cx + (px - cx) * 0.55, cy + (py - cy) * 0.6) for px, py in edge]
    for side in (-1, 1):
        draw = canvas.shape if kind.ears == "pointed" else canvas.curve
        draw(
            moved(edge, x, y, size, mirror=side < 0),
            Fill(darker(kind.coat, 0.08), kind.coat, volume=0.8, bevel=0.03 * size, texture=0.3),
        )
        if kind.ears != "floppy":
            draw(
                moved(inner, x, y, size, mirror=side < 0), Fill(mix(kind.belly, tint("e79a94"), 0.6), soft=0.008 * size)
            )


def _fur(canvas: Canvas, kind: Animal, face: list[Point], x: float, y: float, size: float) -> None:
    sheet = Sheet(canvas)
    for px, py in face:
        for _ in range(7):
            sx, sy = px + canvas.chance(-0.06, 0.06) * size, py + canvas.chance(-0.04, 0.04) * size
            dx, dy = (sx - x) * 0.14, (sy - y) * 0.14
            tone = mix(darker(kind.coat, 0.1), lighter(kind.coat, 0.4), canvas.chance(0, 1))
            sheet.line([(sx - dx, sy - dy), (sx + dx * 0.4, sy + dy * 0.4 + 0.01 * size)], 0.006 * size, tone, 0.6)
    sheet.lay()


def _features(canvas: Canvas, kind: Animal, x: float, y: float, size: float) -> None:
    for side in (-1, 1):
        ex, ey = x + side * 0.14 * size, y + 0.02 * size
        canvas.ellipse(ex, ey, 0.062 * size, 0.07 * size, Fill(tint("2a1a12"), tint("0a0808")))
        canvas.ellipse(
            ex, ey + 0.025 * size, 0.042 * size, 0.034 * size, Fill(tint("8a5a2c"), alpha=0.6, soft=0.01 * size)
        )
        canvas.ellipse(ex - 0.02 * size, ey - 0.024 * size, 0.022 * size, 0.022 * size, Fill((1, 1, 1)))
        canvas.ellipse(ex + 0.022 * size, ey + 0.024 * size, 0.01 * size, 0.01 * size, Fill((1, 1, 1), alpha=0.8))
        canvas.ellipse(
            x + side * 0.2 * size,
            y + 0.12 * size,
            0.05 * size,
            0.03 * size,
            Fill(tint("f08a80"), alpha=0.4, soft=0.015 * size),
        )
    if kind.muzzle == "beak":
        beak = moved(outline("-0.1,0.1 0,0.06 0.1,0.1 0.06,0.17 0,0.185 -0.06,0.17"), x, y, size)
        canvas.curve(beak, Fill(tint("f8a435"), tint("d8701a"), volume=0.9, bevel=0.02 * size))
        return
    if kind.muzzle == "long":
        canvas.ellipse(
            x,
            y + 0.14 * size,
            0.11 * size,
            0.085 * size,
            Fill(kind.belly, darker(kind.belly, 0.12), volume=0.6, bevel=0.03 * size),
        )
    canvas.curve(
        moved([(-0.04, 0.075), (0.04, 0.075), (0.012, 0.12), (-0.012, 0.12)], x, y, size),
        Fill(tint("3a2222") if kind.muzzle == "long" else tint("d87a7a"), volume=0.6, bevel=0.01 * size),
    )
    for side in (-1, 1):
        canvas.line(
            moved([(0, 0.12), (0.02, 0.155), (0.06, 0.15)], x, y, size, mirror=side < 0),
            Fill(tint("4a2c22")),
            0.011 * size,
        )


def flowers(canvas: Canvas, top: float, bottom: float, count: int, near: float = 0.0) -> None:
    """Five-petalled flowers, larger towards the viewer."""
    sheet, palette = Sheet(canvas), canvas.palette
    colours = (palette.accent, palette.second, lighter(palette.paper, 0.5), mix(palette.sky, palette.accent, 0.4))
    for i in range(count):
        share = (i / count) ** 1.3
        x, y = canvas.chance(canvas.left, canvas.right), top + (bottom - top) * share
        size, tone = 0.003 + 0.011 * max(share, near), colours[int(canvas.rng.random() * 4)]
        sheet.line([(x, y), (x + size * 0.4, y + size * 3.5)], size * 0.22, darker(palette.foliage, 0.2))
        for dx, dy in ((0, -1), (0.95, -0.31), (0.59, 0.81), (-0.59, 0.81), (-0.95, -0.31)):
            sheet.dot(
                x + dx * size * 0.62,
                y + dy * size * 0.55,
                size * 0.52,
                mix(tone, palette.light, 0.2 if dy < 0 else 0.0),
            )
        sheet.dot(x, y, size * 0.36, tint("f7c948"))
    sheet.lay()


def _butterflies(canvas: Canvas) -> None:
    for _ in range(3):
        x, y, size = canvas.chance(0.05, 0.95), canvas.chance(0.22, 0.5), canvas.chance(0.016, 0.028)
        for side in (-1, 1):
            for tilt, reach in ((-35, 1.0), (30, 0.7)):
                canvas.ellipse(
                    x + side * size * 0.6,
                    y + (tilt / 60) * size,
                    size * 0.62 * reach,
                    size * 0.4 * reach,
                    Fill(canvas.palette.accent, canvas.palette.second),
                    tilt * side,
                )
        canvas.line([(x, y - size * 0.6), (x, y + size * 0.7)], Fill((0.1, 0.08, 0.1)), size * 0.14)
