"""What pictures are made of: outlines in picture units, colours and palettes, smooth random fields.

Array-wide arithmetic here and in the media keeps to + - * / and square root, which every machine rounds alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Point = tuple[float, float]


def outline(text: str) -> list[Point]:
    """The points of `"x,y x,y ..."`."""
    pairs = (pair.split(",") for pair in text.split())
    return [(float(x), float(y)) for x, y in pairs]


def spline(points: Sequence[Point], steps: int = 8, *, closed: bool = True) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    knots = np.asarray(points, float)
    count = len(knots)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    out: list[Point] = []
    for i in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (knots[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (knots[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        out.extend((float(x), float(y)) for x, y in curve)
    return out if closed else [*out, points[-1]]


def ellipse(cx: float, cy: float, rx: float, ry: float, tilt: float = 0.0, steps: int = 40) -> list[Point]:
    """`tilt` in degrees, clockwise on the page."""
    angle = math.radians(tilt)
    cos, sin = math.cos(angle), math.sin(angle)
    out = []
    for i in range(steps):
        turn = 2 * math.pi * i / steps
        x, y = rx * math.cos(turn), ry * math.sin(turn)
        out.append((cx + x * cos - y * sin, cy + x * sin + y * cos))
    return out


def arc(cx: float, cy: float, radius: float, start: float, end: float, steps: int = 24) -> list[Point]:
    """Degrees clockwise from the right."""
    turns = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(cx + radius * math.cos(t), cy + radius * math.sin(t)) for t in turns]


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    return [
        *arc(right - radius, top + radius, radius, -90, 0, 6),
        *arc(right - radius, bottom - radius, radius, 0, 90, 6),
        *arc(left + radius, bottom - radius, radius, 90, 180, 6),
        *arc(left + radius, top + radius, radius, 180, 270, 6),
    ]


def ribbon(points: Sequence[Point], start: float, end: float | None = None) -> list[Point]:
    """The outline of a line whose width runs from `start` to `end`."""
    path = np.asarray(points, float)
    along = np.gradient(path, axis=0)
    length = np.sqrt((along**2).sum(axis=1, keepdims=True)) + 1e-9
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length
    half = np.linspace(start, start if end is None else end, len(path))[:, None] / 2
    return [(float(x), float(y)) for x, y in np.concatenate([path + normal * half, (path - normal * half)[::-1]])]


def ridge(rng: np.random.Generator, left: float, right: float, base: float, height: float, rough: float) -> list[Point]:
    """A mountain line by midpoint displacement; `rough` 0.4 is rolling, 0.6 is jagged."""
    line = np.array([rng.random(), rng.random(), rng.random(), rng.random(), rng.random()])
    scale = 0.5
    for _ in range(5):
        middle = (line[1:] + line[:-1]) / 2 + (rng.random(len(line) - 1) - 0.5) * scale
        grown = np.empty(len(line) + len(middle))
        grown[0::2], grown[1::2] = line, middle
        line, scale = grown, scale * rough
    line = (line - line.min()) / max(float(line.max() - line.min()), 1e-9)
    xs = np.linspace(left, right, len(line))
    return [(float(x), float(base - height * y)) for x, y in zip(xs, line, strict=True)]


def moved(points: Sequence[Point], dx: float, dy: float, scale: float = 1.0, *, mirror: bool = False) -> list[Point]:
    """The points scaled about the origin, mirrored left to right if asked, then shifted."""
    sign = -scale if mirror else scale
    return [(x * sign + dx, y * scale + dy) for x, y in points]


Field = NDArray[np.float32]
Pixels = NDArray[np.float32]


def resized(field: Field, width: int, height: int) -> Field:
    """One channel, bicubically brought to width x height."""
    image = Image.fromarray(np.ascontiguousarray(field, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def noise(rng: np.random.Generator, width: int, height: int, cells: float, stretch: float = 1.0) -> Field:
    """Value noise in about 0..1 with `cells` cells along the shorter side; `stretch` > 1 widens the cells."""
    short = min(width, height)
    columns = max(2, round(cells * width / short / stretch) + 1)
    rows = max(2, round(cells * height / short) + 1)
    return resized(rng.random((rows, columns), np.float32), width, height)


def fractal(
    rng: np.random.Generator, width: int, height: int, cells: float, octaves: int = 4, stretch: float = 1.0
) -> Field:
    """Octaves of value noise, each half as strong and twice as fine, in about 0..1."""
    total = np.zeros((height, width), np.float32)
    weight, whole = 1.0, 0.0
    for octave in range(octaves):
        total += noise(rng, width, height, cells * 2**octave, stretch) * np.float32(weight)
        whole += weight
        weight /= 2
    spread: Field = (total / np.float32(whole) - np.float32(0.5)) * np.float32(1.5) + np.float32(0.5)
    return spread


def smoothstep(field: Field, low: float, high: float) -> Field:
    t = np.clip((field - np.float32(low)) / np.float32(high - low), 0, 1)
    out: Field = t * t * (np.float32(3) - np.float32(2) * t)
    return out


def to_image(pixels: Pixels) -> Image.Image:
    return Image.fromarray((np.clip(pixels, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8))


def to_pixels(image: Image.Image) -> Pixels:
    pixels: Pixels = np.asarray(image.convert("RGB"), np.float32) / np.float32(255)
    return pixels


def blurred(pixels: Pixels, radius_px: float) -> Pixels:
    """Gaussian blur of an RGB array, at 8 bits."""
    return to_pixels(to_image(pixels).filter(ImageFilter.GaussianBlur(radius_px)))


def soft_field(field: Field, radius_px: float) -> Field:
    """Gaussian blur of one channel in 0..1, at 8 bits."""
    image = to_image(field).filter(ImageFilter.GaussianBlur(radius_px))
    out: Field = np.asarray(image, np.float32) / np.float32(255)
    return out


def displaced(pixels: Pixels, right: Field, down: Field) -> Pixels:
    """The picture read at positions moved by so many pixels."""
    height, width = pixels.shape[:2]
    columns = np.clip(np.arange(width, dtype=np.float32) + right, 0, width - 1).astype(np.intp)
    rows = np.clip(np.arange(height, dtype=np.float32)[:, None] + down, 0, height - 1).astype(np.intp)
    out: Pixels = pixels[rows, columns]
    return out


Colour = tuple[float, float, float]


def tint(code: str) -> Colour:
    """`"d08040"` as red, green, blue in 0..1."""
    return (int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def lighter(colour: Colour, amount: float) -> Colour:
    return mix(colour, (1.0, 1.0, 1.0), amount)


def darker(colour: Colour, amount: float) -> Colour:
    return mix(colour, (0.02, 0.02, 0.05), amount)


@dataclass(frozen=True)
class Palette:
    """Roles from the sky down; `saturation` and `contrast` are factors of the final grade."""

    sky: Colour
    horizon: Colour
    far: Colour
    ground: Colour
    foliage: Colour
    light: Colour
    shade: Colour
    accent: Colour
    second: Colour
    paper: Colour
    saturation: float = 1.0
    contrast: float = 1.0
    night: bool = False


def _family(codes: str, saturation: float = 1.0, contrast: float = 1.0) -> Palette:
    sky, horizon, far, ground, foliage, light, shade, accent, second, paper = map(tint, codes.split())
    return Palette(sky, horizon, far, ground, foliage, light, shade, accent, second, paper, saturation, contrast)


PALETTES: dict[str, Palette] = {
    "azure": _family("3f86cf cfe6f2 8fb1cf 8aa65a 4f8a4a fff3cf 24395c e2603f f2b846 f7f3e8"),
    "dawn": _family("7d86c4 f9c9b0 b59ac0 b08a72 6f8060 ffe0b0 3d3157 e56b6f f4a259 faf0e6"),
    "ember": _family("1f5a73 f6a860 6d7f8c a2643c 6a6a38 ffcf87 1b2a3d e4572e f3a712 f6e9d6", 1.05, 1.06),
    "moss": _family("8fb3a6 e9ead0 8aa591 7f8f4c 3f6b3c fdf2c0 22382f c9622e d9b44a f4f1e0", 0.92),
    "candy": _family("7cb8e8 fde0ea c3a6dc 8fcfa8 55b08a fff2d8 4b3a78 ff5d8f ffc145 fff6f3", 1.08),
    "autumn": _family("6f93ab f5dcae a08a86 b0763a a85a24 ffe3a3 3b2a2c c1351f e9a12e f8eedb"),
    "nordic": _family("6d8ba6 dfe7ea 93a7b8 7b8c84 4b6a62 f6efdd 26323f c65b4b e0b15c f1f2ee", 0.8, 1.04),
    "jewel": _family("2b2f77 d987a8 5d4f9c 3d6b63 1f7a5c ffd9a0 1c1440 d81e5b f0b429 f5ebe6", 1.1, 1.05),
    "sepia": _family("b9a58a f1e3c6 b19c84 97805a 75704a fff0cd 3a2b20 a5482a cf9a45 f3e7cf", 0.62, 1.02),
    "lagoon": _family("2393a8 d8f3e6 6fb3b8 c9b27c 2f8f6b fff4cc 123c4c ff7f51 ffd166 f5f7ef", 1.04),
}


def under_mood(palette: Palette, words: frozenset[str]) -> Palette:
    """The palette as the prompt's time of day, season and weather change it."""
    if words & {"night", "midnight", "starry", "stars", "moonlit"}:
        return replace(
            palette,
            sky=tint("0b1437"),
            horizon=mix(tint("2b3f7a"), palette.horizon, 0.18),
            light=tint("dfe6ff"),
            far=tint("26335f"),
            ground=mix(palette.ground, tint("101a35"), 0.72),
            foliage=mix(palette.foliage, tint("0c1830"), 0.7),
            shade=tint("060a1c"),
            night=True,
        )
    if words & {"sunset", "dusk", "twilight", "golden", "evening", "sunrise", "dawn"}:
        return replace(
            palette,
            sky=mix(palette.sky, tint("43437f"), 0.55),
            horizon=mix(palette.horizon, tint("ffae6b"), 0.6),
            far=mix(palette.far, tint("7a5f8f"), 0.5),
            light=tint("ffd08a"),
            ground=darker(palette.ground, 0.25),
            foliage=darker(palette.foliage, 0.25),
        )
    if words & {"rain", "rainy", "wet", "storm", "stormy", "fog", "foggy", "mist", "misty", "overcast"}:
        return replace(
            palette,
            sky=mix(palette.sky, tint("5e6b7a"), 0.65),
            horizon=mix(palette.horizon, tint("b9c2c9"), 0.6),
            far=mix(palette.far, tint("8996a3"), 0.5),
            ground=mix(palette.ground, tint("4d555c"), 0.5),
            foliage=mix(palette.foliage, tint("46564f"), 0.4),
            saturation=palette.saturation * 0.9,
        )
    if words & {"winter", "snow", "snowy", "frozen"}:
        return replace(palette, ground=tint("e6eef5"), foliage=mix(palette.foliage, tint("6b8a92"), 0.5))
    if words & {"autumn", "fall", "autumnal"}:
        return replace(palette, foliage=tint("c0701f"), ground=mix(palette.ground, tint("a8743a"), 0.5))
    return palette


def graded(pixels: Pixels, palette: Palette, temperature: float) -> Pixels:
    """Split toning, saturation, contrast and warmth, all by exact arithmetic so that machines agree."""
    grey = luma(pixels)[..., None]
    out = grey + (pixels - grey) * np.float32(palette.saturation)
    shade, light = (np.array(c, np.float32) for c in (palette.shade, palette.light))
    dark = (1 - grey) * (1 - grey) * np.float32(0.16)
    out = out + (shade - np.float32(0.18)) * dark + (light - np.float32(0.93)) * grey * grey * np.float32(0.22)
    out = (out - np.float32(0.5)) * np.float32(palette.contrast) + np.float32(0.5)
    warmth = np.array([0.035, 0.004, -0.04], np.float32) * np.float32(temperature)
    clipped: Pixels = np.clip(out + warmth * (grey * (1 - grey) * 4), 0, 1)
    return clipped


def luma(pixels: Pixels) -> Pixels:
    weights = (np.float32(0.3), np.float32(0.59), np.float32(0.11))
    grey: Pixels = sum((pixels[..., i] * w for i, w in enumerate(weights)), np.zeros(pixels.shape[:2], np.float32))
    return grey
