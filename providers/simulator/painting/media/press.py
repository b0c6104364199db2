"""Printed media: ink line with wash, and risograph halftone."""

import numpy as np

from ..primitives import PALETTES, Field, Pixels, blurred, fractal, luma, mix, smoothstep, soft_field, tint
from ..style import Style
from .lens import contrasted


def ink(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Pen contours and hatching over a light wash on cream paper."""
    height, width = pixels.shape[:2]
    short = min(height, width)
    grey = luma(pixels)
    fine = soft_field(grey, short * 0.0012) - soft_field(grey, short * 0.0045)
    colour = np.abs(blurred(pixels, short * 0.0012) - blurred(pixels, short * 0.005)).max(axis=2)
    contour = smoothstep(colour * np.float32(0.7) - fine * np.float32(1.2), 0.022, 0.075)
    tone = soft_field(grey, short * 0.006) + (fractal(rng, width, height, 16, 2) - np.float32(0.5)) * np.float32(0.12)
    hatch = np.maximum(
        _hatch(width, height, 1, 1, short / 110) * smoothstep(-tone, -0.42, -0.2),
        _hatch(width, height, 1, -1, short / 110) * smoothstep(-tone, -0.26, -0.1),
    )
    paper = np.array(PALETTES[style.palette].paper, np.float32)
    strength = np.float32(0.5 + 0.3 * style.detail)
    wash = paper * (1 - strength) + blurred(pixels, short * 0.004) * strength + np.float32(0.06)
    line = np.maximum(contour, hatch * np.float32(0.75))[..., None]
    black = np.array([0.08, 0.08, 0.13], np.float32)
    out: Pixels = wash + (black - wash) * line * np.float32(0.92)
    return out


def _hatch(width: int, height: int, right: float, down: float, step: float) -> Field:
    """Parallel lines: 1 on a line, 0 between."""
    along = (
        np.arange(width, dtype=np.float32) * np.float32(right)
        + np.arange(height, dtype=np.float32)[:, None] * np.float32(down)
    ) / np.float32(step)
    saw = along - np.floor(along)
    return smoothstep(np.abs(saw - np.float32(0.5)), 0.3, 0.46)


def riso(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """Three inks of the palette as halftones at their own angles, each a little off register."""
    height, width = pixels.shape[:2]
    short = min(height, width)
    palette = PALETTES[style.palette]
    yellow, pink = mix(palette.second, tint("ffd42a"), 0.5), mix(palette.accent, tint("ff4a78"), 0.45)
    blue = mix(palette.sky, tint("1f5fb4"), 0.6)
    inks = ((yellow, 2, (1.0, 0.0)), (pink, 1, (0.8, 0.6)), (blue, 0, (0.6, -0.8)))
    sheet = np.empty_like(pixels)
    sheet[...] = np.array(palette.paper, np.float32)
    soft = blurred(pixels, short * 0.002)
    vivid = contrasted(soft + (soft - luma(soft)[..., None]) * np.float32(0.45) + np.float32(0.03), 0.5)
    grey = (1 - vivid).min(axis=2) * np.float32(0.3)
    for colour, channel, angle in inks:
        density = np.clip(1 - vivid[..., channel] - grey, 0, 1)
        shift = (round((float(rng.random()) - 0.5) * short * 0.008), round((float(rng.random()) - 0.5) * short * 0.008))
        dots = _halftone(np.roll(density, shift, (0, 1)), angle, short / (110 + 50 * style.detail))
        worn = dots * (
            np.float32(0.9) - (rng.random((height, width), np.float32) < np.float32(0.04)) * np.float32(0.25)
        )
        sheet *= 1 - (1 - np.array(colour, np.float32)) * worn[..., None] * np.float32(0.94)
    return sheet


def _halftone(density: Field, angle: tuple[float, float], step: float) -> Field:
    """Round dots on a rotated grid whose area follows the density."""
    height, width = density.shape
    cos, sin = np.float32(angle[0] / step), np.float32(angle[1] / step)
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    u, v = across * cos + down * sin, down * cos - across * sin
    u, v = np.abs(u - np.floor(u) - np.float32(0.5)) * 2, np.abs(v - np.floor(v) - np.float32(0.5)) * 2
    spot = (u * u + v * v) * np.float32(0.5)
    square = density * density
    return smoothstep(density * np.float32(0.64) + square * square * np.float32(0.4) - spot, -0.1, 0.1)
