"""Media laid with a brush or a stick: oil strokes, watercolour washes, pastel."""

import numpy as np
from PIL import Image, ImageDraw

from ..primitives import (
    Field,
    Pixels,
    blurred,
    displaced,
    fractal,
    luma,
    noise,
    smoothstep,
    soft_field,
    to_image,
    to_pixels,
)
from ..style import Style
from .lens import contrasted, vignette


def painterly(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Strokes along the forms in three sizes, then the paint's own relief."""
    short = min(pixels.shape[:2])
    canvas = to_image(blurred(pixels, short * 0.008))
    relief = Image.new("L", canvas.size, 128)
    right, down = _flow(pixels, short)
    edges = soft_field(np.clip((right * right + down * down) * np.float32(90), 0, 1), short * 0.006)
    sizes = ((0.034, 0.0), (0.017, 0.05), (0.0105 - 0.003 * style.detail, 0.14), (0.0055, 0.5))
    for size, threshold in sizes:
        _strokes(canvas, relief, pixels, (right, down, edges), rng, size * short, threshold)
    ridge = np.asarray(relief, np.float32) / np.float32(255)
    ridge = ridge - np.roll(ridge, (2, 2), (0, 1))
    painted = to_pixels(canvas)
    painted = (painted + (pixels - painted) * edges[..., None] * np.float32(0.5)) * (
        1 + ridge[..., None] * np.float32(0.17)
    )
    return vignette(contrasted(painted, 0.3), 0.15)


def _flow(pixels: Pixels, short: int) -> tuple[Field, Field]:
    grey = soft_field(luma(pixels), short * 0.008)
    return (np.roll(grey, -2, 1) - np.roll(grey, 2, 1), np.roll(grey, -2, 0) - np.roll(grey, 2, 0))


def _strokes(
    canvas: Image.Image,
    relief: Image.Image,
    pixels: Pixels,
    forms: tuple[Field, Field, Field],
    rng: np.random.Generator,
    size: float,
    threshold: float,
) -> None:
    """Strokes of one size where the picture has at least that much edge; long where it is calm."""
    height, width = pixels.shape[:2]
    count = int(height * width / (size * size) * 1.6)
    xs, ys = (rng.random(count) * width).astype(int), (rng.random(count) * height).astype(int)
    right, down, edges = (form[ys, xs] for form in forms)
    keep = edges >= threshold * (0.6 + 0.8 * rng.random(count))
    strength = np.sqrt(right * right + down * down) + np.float32(0.012)
    across, along = right / strength, down / strength
    jitter = (rng.random((count, 2)) - 0.5) * 0.5
    dx, dy = -along + (0.012 / strength) * 0.6 + jitter[:, 0], across + jitter[:, 1]
    long = size * (0.8 + 0.9 * rng.random(count)) * (1.15 - edges * 0.5)
    tone = (rng.random((count, 1)) - 0.5) * 0.05
    colours = (np.clip(pixels[ys, xs] + tone, 0, 1) * 255).astype(int).tolist()
    lights = (70 + rng.random(count) * 120).astype(int).tolist()
    pen, dent = ImageDraw.Draw(canvas), ImageDraw.Draw(relief)
    wide = max(2, round(size * 0.55))
    for i in np.flatnonzero(keep).tolist():
        x, y, ex, ey = float(xs[i]), float(ys[i]), float(dx[i] * long[i]), float(dy[i] * long[i])
        path = (x - ex, y - ey, x + ex * 0.2, y + ey * 0.2, x + ex, y + ey)
        pen.line(path, tuple(colours[i]), wide)
        dent.line(path, lights[i], wide)


def watercolour(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Wobbling washes that pool at their edges, granulate, and leave a rough white border."""
    height, width = pixels.shape[:2]
    short = min(height, width)
    wander = np.float32(short * 0.018)
    right = (fractal(rng, width, height, 11, 2) - np.float32(0.5)) * wander
    down = (fractal(rng, width, height, 11, 2) - np.float32(0.5)) * wander
    wet = displaced(pixels, right, down)
    wash = blurred(wet, short * (0.0024 - 0.001 * style.detail))
    pooled = np.abs(blurred(wet, short * 0.0045) - wash)
    body = fractal(rng, width, height, 4, 5)
    tooth = soft_field(rng.random((height, width), np.float32), 0.8) - np.float32(0.5)
    density = np.float32(0.9) + (body - np.float32(0.5)) * np.float32(0.55) + tooth * np.float32(0.22)
    out = 1 - (1 - (wash - np.clip(pooled, 0, 0.2) * np.float32(1.1))) * density[..., None]
    paper = np.array([0.985, 0.975, 0.95], np.float32) + tooth[..., None] * np.float32(0.06)
    return np.asarray(paper + (out - paper) * _border(rng, width, height, 0.045)[..., None], np.float32)


def _border(rng: np.random.Generator, width: int, height: int, inset: float) -> Field:
    """1 inside, 0 outside a rough rectangle."""
    short = min(width, height)
    across = np.minimum(np.arange(width), np.arange(width)[::-1]).astype(np.float32)
    down = np.minimum(np.arange(height), np.arange(height)[::-1]).astype(np.float32)[:, None]
    rough = (fractal(rng, width, height, 9, 4) - np.float32(0.5)) * np.float32(short * 0.045)
    return smoothstep(np.minimum(across, down) + rough, short * (inset - 0.006), short * (inset + 0.004))


def pastel(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Chalk dragged over toned paper: slanted streaks catch the tooth, the paper shows between."""
    height, width = pixels.shape[:2]
    short = min(height, width)
    smear = (noise(rng, width, height, 60) - np.float32(0.5)) * np.float32(short * 0.007)
    soft = displaced(blurred(pixels, short * 0.003), smear, -smear)
    streak = noise(rng, width, height + width, 150, 7.0)
    columns = np.arange(width)[None]
    slanted = streak[np.arange(height)[:, None] + columns, columns]
    tooth = soft_field(rng.random((height, width), np.float32), 0.7)
    cover = smoothstep(slanted * np.float32(0.55) + tooth * np.float32(0.6), 0.24, 0.62 + 0.12 * (1 - style.detail))
    paper = np.array([0.38, 0.32, 0.36], np.float32) * np.float32(0.24) + soft * np.float32(0.76)
    bright = np.clip(soft * np.float32(1.06) + (slanted[..., None] - np.float32(0.5)) * np.float32(0.12), 0, 1)
    return contrasted(np.asarray(paper + (bright - paper) * cover[..., None], np.float32), 0.25)
