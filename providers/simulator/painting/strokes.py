"""Many small marks at once (grass, leaves, stars, windows), drawn on one transparent sheet and laid on the canvas."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .canvas import Canvas
from .primitives import Colour, Point, darker, lighter, mix

FINE = 2


class Sheet:
    """A transparent sheet over the whole canvas, at twice its resolution."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.image = Image.new("RGBA", (canvas.width_px * FINE, canvas.height_px * FINE), (0, 0, 0, 0))
        self.pen = ImageDraw.Draw(self.image)
        self.unit = canvas.scale * FINE

    def at(self, point: Point) -> Point:
        return ((point[0] - self.canvas.left) * self.unit, (point[1] - self.canvas.top) * self.unit)

    def line(self, points: Sequence[Point], width: float, colour: Colour, alpha: float = 1.0) -> None:
        self.pen.line([self.at(p) for p in points], _rgba(colour, alpha), max(1, round(width * self.unit)), "curve")

    def polygon(self, points: Sequence[Point], colour: Colour, alpha: float = 1.0) -> None:
        self.pen.polygon([self.at(p) for p in points], _rgba(colour, alpha))

    def dot(self, x: float, y: float, radius: float, colour: Colour, alpha: float = 1.0) -> None:
        left, top = self.at((x - radius, y - radius))
        right, bottom = self.at((x + radius, y + radius))
        self.pen.ellipse((left, top, right, bottom), _rgba(colour, alpha))

    def lay(self, soft: float = 0.0, alpha: float = 1.0) -> None:
        """Bring the sheet onto the canvas; only the drawn part costs anything."""
        bounds = self.image.getbbox()
        if bounds is None:
            return
        spare = int(soft * self.unit * 3) + FINE
        left, top = (max(v - spare, 0) // FINE * FINE for v in bounds[:2])
        right = min(-(-(bounds[2] + spare) // FINE) * FINE, self.image.width)
        bottom = min(-(-(bounds[3] + spare) // FINE) * FINE, self.image.height)
        part = self.image.crop((left, top, right, bottom)).convert("RGBa").reduce(FINE)
        if soft:
            part = part.filter(ImageFilter.GaussianBlur(soft * self.canvas.scale))
        marks = np.asarray(part, np.float32) * np.float32(alpha / 255)
        window = self.canvas.pixels[top // FINE : bottom // FINE, left // FINE : right // FINE]
        window *= 1 - marks[..., 3:]
        window += marks[..., :3]


def _rgba(colour: Colour, alpha: float) -> tuple[int, int, int, int]:
    red, green, blue = (min(max(round(c * 255), 0), 255) for c in colour)
    return (red, green, blue, min(max(round(alpha * 255), 0), 255))


def grass(canvas: Canvas, top: float, bottom: float, count: int, height: float, colours: Sequence[Colour]) -> None:
    """Blades that grow taller and clearer towards `bottom`."""
    rng, sheet = canvas.rng, Sheet(canvas)
    depths = np.sort(rng.random(count))
    for depth in depths.tolist():
        x = canvas.left + (canvas.right - canvas.left) * float(rng.random())
        y = top + (bottom - top) * depth
        tall = height * (0.25 + 0.75 * depth) * (0.6 + 0.7 * float(rng.random()))
        lean = (float(rng.random()) - 0.5) * tall
        colour = mix(colours[int(rng.random() * len(colours))], canvas.palette.light, 0.25 * float(rng.random()))
        half = tall * 0.05 + 0.0008
        tip = (x + lean, y - tall)
        sheet.polygon([(x - half, y), (x + lean * 0.3 - half, y - tall * 0.55), tip, (x + half, y)], colour)
    sheet.lay()


def foliage(
    canvas: Canvas, spots: Sequence[tuple[float, float, float]], colour: Colour, *, leaf: float, count: int
) -> None:
    """Clumps (x, y, radius) of leaves, dark within and below, lit towards the light."""
    rng, sheet = canvas.rng, Sheet(canvas)
    dark, bright = darker(colour, 0.5), mix(colour, canvas.palette.light, 0.36)
    for x, y, radius in spots:
        turns, reach = rng.random(count) * 2 * np.pi, np.sqrt(rng.random(count)) * radius
        xs, ys = reach * np.cos(turns), reach * np.sin(turns)
        lit = (xs * canvas.light[0] + ys * canvas.light[1]) / max(radius, 1e-6)
        for i in np.argsort(lit + rng.random(count) * 0.5).tolist():
            share = float(lit[i]) * 0.5 + 0.5
            tone = mix(dark, bright, min(max(share + (float(rng.random()) - 0.5) * 0.35, 0), 1))
            sheet.polygon(_leaf(x + float(xs[i]), y + float(ys[i]), leaf, float(turns[i])), tone)
    sheet.lay()


def _leaf(x: float, y: float, size: float, turn: float) -> list[Point]:
    cos, sin = float(np.cos(turn)) * size, float(np.sin(turn)) * size
    wide = 0.42
    return [
        (x - cos, y - sin),
        (x - sin * wide, y + cos * wide),
        (x + cos, y + sin),
        (x + sin * wide, y - cos * wide),
    ]


def conifers(canvas: Canvas, base: Sequence[Point], height: float, colour: Colour) -> None:
    """Firs standing at the given points."""
    rng, sheet = canvas.rng, Sheet(canvas)
    for x, y in base:
        tall = height * (0.6 + 0.6 * float(rng.random()))
        tone = mix(colour, darker(colour, 0.45), float(rng.random()))
        sheet.polygon(
            [
                (x - tall * 0.02, y),
                (x - tall * 0.02, y - tall * 0.2),
                (x + tall * 0.02, y - tall * 0.2),
                (x + tall * 0.02, y),
            ],
            darker(tone, 0.4),
        )
        tiers = 6
        for tier in range(tiers):
            low = y - tall * (0.08 + 0.14 * tier)
            half = tall * 0.2 * (1 - tier / tiers) * (0.85 + 0.3 * float(rng.random()))
            peak = (x, low - tall * (0.26 - 0.012 * tier))
            sheet.polygon([(x - half, low), peak, (x + half, low + tall * 0.01)], darker(tone, 0.1))
            sheet.polygon(
                [(x - half, low), peak, (x - half * 0.1, low - tall * 0.02)], mix(tone, canvas.palette.light, 0.22)
            )
    sheet.lay()


def stars(canvas: Canvas, bottom: float, count: int) -> None:
    """Stars from the upper edge down to `bottom`, fewer and fainter below."""
    rng, sheet = canvas.rng, Sheet(canvas)
    for _ in range(count):
        x = canvas.left + (canvas.right - canvas.left) * float(rng.random())
        share = float(rng.random()) ** 1.4
        big = float(rng.random()) ** 6
        tone = mix((0.75, 0.83, 1.0), (1.0, 0.93, 0.8), float(rng.random()))
        sheet.dot(
            x, canvas.top + (bottom - canvas.top) * share, 0.0009 + 0.0024 * big, lighter(tone, big), 0.35 + 0.65 * big
        )
        if big > 0.7:
            canvas.glow(x, canvas.top + (bottom - canvas.top) * share, 0.008, tone, 0.5)
    sheet.lay()


def specks(canvas: Canvas, count: int, colour: Colour, *, size: float, top: float, bottom: float) -> None:
    """Drifting lights: embers, dust in a sunbeam, fireflies."""
    for _ in range(count):
        x, y = canvas.chance(canvas.left, canvas.right), canvas.chance(top, bottom)
        canvas.glow(x, y, size * canvas.chance(0.3, 1.0), colour, canvas.chance(0.35, 0.95))


def rain(canvas: Canvas, count: int, slant: float = 0.12) -> None:
    rng, sheet = canvas.rng, Sheet(canvas)
    for _ in range(count):
        x, y = canvas.chance(canvas.left, canvas.right), canvas.chance(canvas.top, canvas.bottom)
        long = 0.02 + 0.05 * float(rng.random())
        sheet.line([(x, y), (x - long * slant, y + long)], 0.001, (0.9, 0.94, 1.0), 0.12 + 0.3 * float(rng.random()))
    sheet.lay(alpha=0.8)
