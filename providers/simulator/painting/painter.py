"""From prompt, style and seed to the finished picture."""

import numpy as np
from PIL import Image, ImageOps

from . import primitives
from .brief import brief_of
from .canvas import Canvas, Manner, View
from .defects import flawed
from .media import FINISHES
from .primitives import Pixels, blurred, smoothstep, soft_field, to_image, to_pixels
from .scenes import DRAWERS, edit
from .style import Medium, Style, generator_for

# Larger pictures are painted at this size and enlarged: the time of a picture is bounded.
LARGEST_PX = 1024
# Words would read backwards in a mirrored picture, and a cropped sign is a spoilt one.
LETTERED = frozenset({"menu", "emblem"})
# Their marks are larger than letters: spelling must show the coherence, not the brush.
COARSE = frozenset({Medium.PAINTERLY, Medium.PASTEL, Medium.LOW_POLY, Medium.PIXEL})


def paint(
    prompt: str, *, style: Style, seed: int, width_px: int, height_px: int, source: Image.Image | None = None
) -> Image.Image:
    """The picture `style` makes of the prompt, or of `source` where one is given; the same for the same arguments."""
    if width_px < 1 or height_px < 1:
        raise ValueError(f"size: {width_px}x{height_px} is not a picture; width and height start at 1")
    shrink = max(1.0, max(width_px, height_px) / LARGEST_PX, 48 / max(min(width_px, height_px), 48))
    width, height = max(round(width_px / shrink), 16), max(round(height_px / shrink), 16)
    rng = generator_for("paint", prompt, seed, style.hand, style.medium, style.palette)
    brief = brief_of(prompt, style.detail, style.coherence)
    palette = primitives.under_mood(primitives.PALETTES[style.palette], brief.words)
    manner = Manner(style.coherence, cel=style.medium is Medium.VECTOR, cut=style.medium is Medium.PAPERCUT)
    canvas = Canvas(width, height, palette, rng, manner, _view(rng, brief.scene) if source is None else View())
    if source is None:
        DRAWERS[brief.scene](canvas, brief)
        drawn = primitives.graded(canvas.pixels, palette, style.temperature)
        if brief.scene not in LETTERED and rng.random() < 0.5:
            drawn = np.ascontiguousarray(drawn[:, ::-1])
        finished = FINISHES[style.medium](drawn, style, rng)
        if brief.scene in LETTERED and style.medium in COARSE:
            finished = _legible(finished, drawn)
    else:
        canvas.pixels = _fitted(source, width, height)
        edit(canvas, brief)
        finished = _in_manner(canvas.pixels, style, rng)
    image = to_image(flawed(finished, style.coherence, rng))
    return (
        image if image.size == (width_px, height_px) else image.resize((width_px, height_px), Image.Resampling.LANCZOS)
    )


def _view(rng: np.random.Generator, scene: str) -> View:
    """A camera of the model's own."""
    across, down, zoom = ((float(rng.random()) - 0.5) for _ in range(3))
    if scene in LETTERED:
        return View(0.98 + zoom * 0.06)
    return View(1.03 + zoom * 0.16, across * 0.06, down * 0.03 - 0.005)


def _legible(finished: Pixels, drawn: Pixels) -> Pixels:
    """The finished picture with the drawing's fine contrasts, letters above all, brought back."""
    short = min(drawn.shape[:2])
    fine = smoothstep(np.abs(drawn - blurred(drawn, short * 0.006)).max(axis=2), 0.03, 0.12)
    share = np.clip(soft_field(fine, short * 0.0025) * np.float32(1.6), 0, 0.9)
    return np.asarray(finished + (drawn - finished) * share[..., None], np.float32)


def _fitted(source: Image.Image, width: int, height: int) -> Pixels:
    """The source's middle at the size asked for."""
    return to_pixels(ImageOps.fit(source.convert("RGB"), (width, height), Image.Resampling.LANCZOS)).copy()


def _in_manner(pixels: Pixels, style: Style, rng: np.random.Generator) -> Pixels:
    """An edit keeps the source's look but for a trace of the model's own medium."""
    share = np.float32(0.55 if style.medium is Medium.PHOTO else 0.22)
    finished = FINISHES[style.medium](pixels, style, rng)
    return np.asarray(pixels + (finished - pixels) * share, np.float32)
