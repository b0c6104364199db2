"""Smooth random fields, and the few image operations on float arrays that every medium needs.

Array-wide arithmetic here and in the media keeps to + - * / and square root, which every machine rounds alike.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

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
