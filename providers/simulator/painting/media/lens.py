"""The photographic medium: depth of field, bloom, a tone curve, vignette and grain."""

import numpy as np

from ..primitives import Pixels, blurred, luma, smoothstep
from ..style import Style


def vignette(pixels: Pixels, strength: float) -> Pixels:
    height, width = pixels.shape[:2]
    across = np.linspace(-1, 1, width, dtype=np.float32)
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    out: Pixels = pixels * (1 - smoothstep(across * across + down * down, 0.55, 2.1) * np.float32(strength))[..., None]
    return out


def bloom(pixels: Pixels, strength: float, threshold: float = 0.7) -> Pixels:
    bright = smoothstep(luma(pixels), threshold, 1.0)[..., None] * pixels
    glow = blurred(bright, min(pixels.shape[:2]) * 0.025)
    out: Pixels = pixels + (1 - pixels) * glow * np.float32(strength)
    return out


def contrasted(pixels: Pixels, amount: float) -> Pixels:
    """An S-shaped tone curve."""
    bounded = np.clip(pixels, 0, 1)
    curve = bounded * bounded * (np.float32(3) - np.float32(2) * bounded)
    out: Pixels = bounded + (curve - bounded) * np.float32(amount)
    return out


def photo(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    short = min(height, width)
    across = np.linspace(-1, 1, width, dtype=np.float32)
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    away = smoothstep(across * across + (down * down) * np.float32(0.8), 0.5, 1.7)[..., None]
    soft = blurred(pixels, short * 0.006)
    out = pixels + (soft - pixels) * away
    out = contrasted(bloom(out, 0.55), 0.35)
    fringe = max(1, round(short * 0.0013))
    out[..., 0] = out[..., 0] + (np.roll(out[..., 0], fringe, 1) - out[..., 0]) * away[..., 0]
    grain = (rng.random((height, width), np.float32) - np.float32(0.5)) * np.float32(0.03 + 0.03 * (1 - style.detail))
    return vignette(out + grain[..., None], 0.38)
