"""The studio portrait, and the edit that gives a portrait hair."""

import numpy as np

from ..brief import Brief
from ..canvas import Canvas
from ..primitives import Colour, Pixels, darker, lighter, luma, mix
from .people import HAIRS, SKINS, Head, draw_head, long_hair_behind, short_hair, shoulders


def studio(canvas: Canvas, colour: Colour) -> None:
    """A lit backdrop with soft fall-off."""
    canvas.light = (-0.7, -0.7)
    canvas.backdrop((0.0, darker(colour, 0.15)), (1.0, darker(colour, 0.55)))
    canvas.glow(0.32, 0.36, 0.34, mix(lighter(colour, 0.3), canvas.palette.light, 0.4), 0.55)
    canvas.pixels *= 1 + canvas.grain[..., None] * np.float32(0.22)


def portrait(canvas: Canvas, brief: Brief) -> None:
    studio(canvas, mix(canvas.palette.far, canvas.palette.shade, 0.3))
    old = bool(brief.words & {"old", "elderly", "aged", "weathered", "grandfather", "grandmother", "artisan"})
    woman = bool(brief.words & {"woman", "girl", "lady", "female"})
    bald = bool(brief.words & {"bald", "shaved", "hairless"})
    hair = HAIRS[int(canvas.rng.random() * len(HAIRS))]
    skin = SKINS[int(canvas.rng.random() * len(SKINS))]
    head = Head(
        0.5,
        0.42,
        0.44,
        skin,
        mix(hair, (0.8, 0.8, 0.8), 0.75) if old else hair,
        canvas.chance(-0.4, 0.4),
        1.0 if old else 0.0,
        canvas.chance(0.1, 0.7),
    )
    if woman:
        long_hair_behind(canvas, head)
    cloth = mix(
        canvas.palette.accent if canvas.rng.random() < 0.5 else canvas.palette.foliage, canvas.palette.shade, 0.3
    )
    draw_head(canvas, head)
    shoulders(canvas, head, cloth)
    if not bald:
        short_hair(canvas, head, sweep=canvas.chance(-0.05, 0.16))
    canvas.glow(0.06, 0.15, 0.16, canvas.palette.light, 0.18)


def give_hair(canvas: Canvas, brief: Brief) -> None:
    """Hair on the head found in the canvas's own picture, or where a portrait's head usually is."""
    x, y, tall = find_head(canvas.pixels) or (0.5, 0.42, 0.44)
    head = Head(
        x * canvas.width_px / canvas.scale + canvas.left,
        y * canvas.height_px / canvas.scale + canvas.top,
        tall * canvas.height_px / canvas.scale,
        SKINS[1],
        _hair_colour(canvas, brief),
    )
    canvas.light = (-0.7, -0.7)
    short_hair(canvas, head, sweep=canvas.chance(-0.05, 0.18))


def _hair_colour(canvas: Canvas, brief: Brief) -> Colour:
    named = {"blond": 3, "blonde": 3, "brown": 1, "black": 4, "red": 5, "ginger": 5, "dark": 0}
    for word, index in named.items():
        if word in brief.words:
            return HAIRS[index]
    return HAIRS[int(canvas.rng.random() * len(HAIRS))]


def find_head(pixels: Pixels) -> tuple[float, float, float] | None:
    """Centre x, centre y and height of the face as shares of the picture, from its skin-coloured pixels."""
    red, green, blue = (pixels[..., i] for i in range(3))
    skin = (red > green * np.float32(1.08)) & (green > blue * np.float32(1.02)) & (luma(pixels) > np.float32(0.25))
    height, width = skin.shape
    middle = skin[:, int(width * 0.25) : int(width * 0.75)]
    rows = np.flatnonzero(middle.sum(axis=1) > width * 0.09)
    rows = rows[(rows > height * 0.03) & (rows < height * 0.8)]
    if len(rows) < height * 0.12:
        return None
    top = int(rows[0])
    band = skin[top : top + max(int(height * 0.3), 1)]
    columns = np.flatnonzero(band.sum(axis=0) > band.shape[0] * 0.35)
    if len(columns) < width * 0.1:
        return None
    left, right = int(np.percentile(columns, 3)), int(np.percentile(columns, 97))
    tall = (right - left) / 0.74
    return ((left + right) / 2 / width, (top + tall / 2) / height, tall / height)
