"""Skies and water, which most outdoor scenes share."""

import numpy as np

from ..canvas import Canvas, Fill
from ..primitives import blurred, fractal, lighter, mix, noise, smoothstep
from ..strokes import stars


def sky(canvas: Canvas, horizon: float, *, clouds: float = 0.6, sun: tuple[float, float] | None = None) -> None:
    """Sky over everything, brightest at the horizon; a moon and stars by night."""
    palette = canvas.palette
    share = (horizon - canvas.top) / (canvas.bottom - canvas.top)
    middle = mix(palette.sky, palette.horizon, 0.45)
    canvas.backdrop((0.0, palette.sky), (share * 0.55, middle), (share, palette.horizon), (1.0, palette.horizon))
    x, y = sun or (canvas.chance(0.18, 0.82), horizon - canvas.chance(0.16, 0.34))
    canvas.light = (-0.75 if x < 0.5 else 0.75, -0.65)
    if palette.night:
        stars(canvas, horizon, 420)
        canvas.glow(x, y, 0.07, palette.light, 0.4)
        canvas.ellipse(x, y, 0.042, 0.042, Fill(palette.light, lighter(palette.light, 0.4), texture=0.25, soft=0.001))
    else:
        canvas.glow(x, y, 0.19, palette.light, 0.6)
        canvas.glow(x, y, 0.035, lighter(palette.light, 0.6), 0.95)
    if clouds:
        _clouds(canvas, horizon, clouds * (0.4 if palette.night else 1.0))


def _clouds(canvas: Canvas, horizon: float, amount: float) -> None:
    rows = max(int((horizon - canvas.top) * canvas.scale), 8)
    width, half = canvas.width_px, (max(rows // 2, 4), max(canvas.width_px // 2, 4))
    spare = max(round(half[0] * 0.03), 1)
    field = fractal(canvas.rng, half[1] + 2 * spare, half[0] + 2 * spare, 4 * rows / width + 1, 5, 2.6)
    body = field[spare:-spare, spare:-spare]
    towards = (2 * spare, 0 if canvas.light[0] > 0 else 2 * spare)
    lit = body - field[towards[0] : towards[0] + half[0], towards[1] : towards[1] + half[1]]
    cover = smoothstep(body, 0.52, 0.86) * np.float32(amount)
    cover, lit = (np.repeat(np.repeat(f, 2, 0), 2, 1)[:rows, :width] for f in (cover, lit))
    rows, width = cover.shape
    fade = np.linspace(1.0, 0.35, rows, dtype=np.float32)[:, None]
    pale = np.array(mix(lighter(canvas.palette.horizon, 0.55), canvas.palette.light, 0.4), np.float32)
    dim = np.array(mix(canvas.palette.horizon, canvas.palette.sky, 0.65), np.float32)
    bright = np.clip(np.float32(0.55) - lit * 3, 0, 1)[..., None]
    window = canvas.pixels[:rows, :width]
    window += (dim + (pale - dim) * bright - window) * (cover * fade)[..., None]


def water(canvas: Canvas, line: float, *, ripple: float = 1.0, tone: float = 0.3) -> None:
    """Fill everything under `line` with the mirrored picture above it, rippled and toned."""
    start = max(int((line - canvas.top) * canvas.scale), 2)
    rows = canvas.height_px - start
    if rows < 4:
        return
    depth = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    waves = noise(canvas.rng, canvas.width_px, rows, 46, 9.0) - np.float32(0.5)
    slow = noise(canvas.rng, canvas.width_px, rows, 16, 6.0) - np.float32(0.5)
    sway = (waves * (0.3 + depth) + slow) * np.float32(canvas.scale * 0.03 * ripple)
    mirror = np.clip(start - 1 - np.arange(rows)[:, None] * 0.95 + sway, 0, start - 1).astype(np.intp)
    columns = np.clip(np.arange(canvas.width_px) + sway * np.float32(0.35), 0, canvas.width_px - 1).astype(np.intp)
    image = blurred(canvas.pixels[mirror, columns], canvas.scale * 0.0025)
    deep = np.array(mix(canvas.palette.sky, canvas.palette.shade, 0.45), np.float32)
    share = (np.float32(tone * 0.5) + depth * np.float32(tone))[..., None]
    glint = smoothstep(waves + slow * np.float32(0.5), 0.3, 0.55)[..., None] * np.float32(0.2)
    mixed = image + (deep - image) * share
    canvas.pixels[start:] = mixed + (np.array(canvas.palette.light, np.float32) - mixed) * glint


def shafts(canvas: Canvas, x: float, y: float, strength: float, count: int = 6) -> None:
    """Soft beams fanning down from a point."""
    for _ in range(count):
        lean, wide = canvas.chance(-0.7, 0.7), canvas.chance(0.03, 0.1)
        far = canvas.bottom + 0.1
        beam = [(x - 0.01, y), (x + 0.01, y), (x + lean * far + wide, far), (x + lean * far - wide, far)]
        canvas.shape(beam, Fill(canvas.palette.light, alpha=strength * canvas.chance(0.4, 1), soft=0.012))
