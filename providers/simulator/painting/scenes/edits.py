"""Edits of a given picture: another sky by night, hair, or another light. What the edit does not ask for stays."""

import numpy as np

from ..brief import Brief
from ..canvas import Canvas, Fill
from ..primitives import Field, Pixels, blurred, fractal, lighter, luma, mix, smoothstep, soft_field, tint
from ..strokes import stars
from .portrait import give_hair


def edit(canvas: Canvas, brief: Brief) -> None:
    """Change the canvas's picture as the brief asks."""
    if brief.scene == "hair":
        give_hair(canvas, brief)
    elif canvas.palette.night or "sky" in brief.words:
        _night(canvas)
    else:
        _relit(canvas)


def sky_of(pixels: Pixels) -> Field:
    """How much each pixel is sky, 0..1: down each column to the first edge that opens on texture."""
    height, width = pixels.shape[:2]
    smooth = blurred(pixels, max(min(height, width) * 0.003, 0.6))
    reach = max(round(height * 0.012), 1)
    step = np.zeros((height, width), np.float32)
    step[:-reach] = np.abs(smooth[reach:] - smooth[:-reach]).max(axis=2)
    fine = np.abs(smooth - blurred(smooth, max(min(height, width) * 0.01, 1.0))).max(axis=2)
    rough = soft_field(np.clip(fine * np.float32(12), 0, 1), min(height, width) * 0.012)
    stop = (step > np.float32(0.05)) & (rough > np.float32(0.24))
    stop[: max(height // 40, 1)] = False
    reached = np.where(stop.any(axis=0), stop.argmax(axis=0) + reach, int(height * 0.6))
    reached = _median(np.minimum(reached, int(height * 0.72)), max(width // 60, 1))
    open_sky = (np.arange(height)[:, None] < reached[None]).astype(np.float32)
    return soft_field(open_sky, max(min(height, width) * 0.0025, 0.5))


def _median(line: np.ndarray, half: int) -> np.ndarray:
    """A running median over 2 * half + 1 neighbours."""
    padded = np.pad(line, half, "edge")
    middle: np.ndarray = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    return middle


def _night(canvas: Canvas) -> None:
    """Night over the whole picture, stars and a milky way where its sky was, its bright spots as lamps."""
    before = canvas.pixels.copy()
    slack = 1 - canvas.manner.coherence
    sky = sky_of(before)
    if slack > 0.35:
        sky = np.maximum(
            sky,
            smoothstep(
                -np.arange(canvas.height_px, dtype=np.float32)[:, None] / np.float32(canvas.height_px), -0.5, -0.38
            )
            * np.float32(slack),
        )
    canvas.backdrop(
        (0.0, tint("070d2b")),
        (0.45, tint("1a2a63")),
        (0.7, mix(tint("4a4f8f"), canvas.palette.accent, 0.2)),
        (1.0, tint("2a3160")),
    )
    _milky_way(canvas)
    stars(canvas, canvas.bottom * 0.75, 520)
    x = canvas.chance(0.15, 0.85)
    canvas.glow(x, canvas.top + 0.16, 0.06, tint("dfe6ff"), 0.45)
    canvas.ellipse(x, canvas.top + 0.16, 0.035, 0.035, Fill(tint("f4f2e0"), tint("cfd3e0"), texture=0.25))
    heaven = canvas.pixels
    grey = luma(before)[..., None]
    cold = (before * np.float32(0.55) + grey * np.float32(0.45)) * np.array((0.30, 0.37, 0.60), np.float32)
    lamps = smoothstep(before[..., 0] - before[..., 2], 0.2, 0.5) * smoothstep(luma(before), 0.42, 0.75)
    warm = cold + lamps[..., None] * np.array((0.62, 0.40, 0.12), np.float32)
    warm = warm + blurred(lamps[..., None] * np.array((0.5, 0.32, 0.1), np.float32), canvas.scale * 0.012)
    canvas.pixels = warm + (heaven - warm) * sky[..., None]


def _milky_way(canvas: Canvas) -> None:
    width, height = canvas.width_px, canvas.height_px
    lean = canvas.chance(0.35, 0.8)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)
    down = np.linspace(-0.3, 0.7, height, dtype=np.float32)[:, None]
    distance = (across * np.float32(lean) + down * np.float32(0.6)) * np.float32(3.4)
    band = 1 / (1 + distance * distance * 6)
    clouds = smoothstep(fractal(canvas.rng, width, height, 6, 5), 0.25, 0.95) * band
    canvas.pixels += (
        clouds[..., None]
        * np.array(mix(lighter(tint("8f86d8"), 0.1), canvas.palette.light, 0.25), np.float32)
        * np.float32(0.75)
    )


def _relit(canvas: Canvas) -> None:
    """The picture in the light of the palette: its sky's colour above, its ground's below."""
    grey = luma(canvas.pixels)[..., None]
    rows = np.linspace(0, 1, canvas.height_px, dtype=np.float32)[:, None, None]
    above, below = (np.array(lighter(c, 0.35), np.float32) for c in (canvas.palette.sky, canvas.palette.ground))
    wash = grey * (above + (below - above) * rows) * np.float32(1.25)
    canvas.pixels = canvas.pixels * np.float32(0.6) + wash * np.float32(0.4)
    canvas.glow(canvas.chance(0.2, 0.8), 0.15, 0.25, canvas.palette.light, 0.5)
