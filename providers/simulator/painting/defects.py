"""What goes wrong in an incoherent picture: bent space, ghosts, noise, blocks, mud. Nothing at coherence 0.8 and up."""

import numpy as np
from PIL import Image

from .primitives import Pixels, blurred, displaced, luma, noise, resized, smoothstep, to_image, to_pixels


def flawed(pixels: Pixels, coherence: float, rng: np.random.Generator) -> Pixels:
    """The picture with the flaws of its coherence, each model's in another mixture."""
    slack = max(0.0, 0.8 - coherence) / 0.8
    if slack == 0:
        return pixels
    share = rng.random(6) * 0.7 + 0.3
    out = _bent(pixels, rng, slack * slack * float(share[0]))
    if slack > 0.25:
        out = _ghosted(out, slack * float(share[1]))
        out = _smeared(out, rng, slack * float(share[2]))
    out = _muddy(out, slack * float(share[3]))
    if slack > 0.45 and share[4] > 0.6:
        out = _blocky(out, slack)
    return _noisy(out, rng, slack * float(share[5]))


def _bent(pixels: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    height, width = pixels.shape[:2]
    reach = np.float32(min(height, width) * 0.11 * strength)
    right, down = (noise(rng, width, height, 5) - np.float32(0.5) for _ in range(2))
    return displaced(pixels, right * reach, down * reach)


def _ghosted(pixels: Pixels, strength: float) -> Pixels:
    """A second exposure and colour fringes."""
    short = min(pixels.shape[:2])
    step = max(1, round(short * 0.012 * strength))
    out = pixels * np.float32(1 - 0.3 * strength) + np.roll(pixels, (step, step * 2), (0, 1)) * np.float32(
        0.3 * strength
    )
    out[..., 0] = np.roll(out[..., 0], step, 1)
    out[..., 2] = np.roll(out[..., 2], -step, 1)
    return np.asarray(out, np.float32)


def _smeared(pixels: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Patches that never resolved."""
    height, width = pixels.shape[:2]
    patch = smoothstep(noise(rng, width, height, 4), 0.5, 0.75) * np.float32(min(1.0, strength * 1.3))
    melted = blurred(pixels, min(height, width) * 0.014)
    return np.asarray(pixels + (melted - pixels) * patch[..., None], np.float32)


def _muddy(pixels: Pixels, strength: float) -> Pixels:
    grey = luma(pixels)[..., None]
    dull = grey + (pixels - grey) * np.float32(1 - 0.55 * strength)
    return np.asarray(dull * np.float32(1 - 0.3 * strength) + np.float32(0.3 * strength) * np.float32(0.42), np.float32)


def _blocky(pixels: Pixels, strength: float) -> Pixels:
    height, width = pixels.shape[:2]
    step = 3 + round(5 * strength * min(height, width) / 768)
    small = to_image(pixels).resize((max(width // step, 1), max(height // step, 1)), Image.Resampling.BOX)
    blocks = to_pixels(small.resize((width, height), Image.Resampling.NEAREST))
    return np.asarray(pixels + (blocks - pixels) * np.float32(0.55 * strength), np.float32)


def _noisy(pixels: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    height, width = pixels.shape[:2]
    coarse = [resized(rng.random((height // 2 + 1, width // 2 + 1), np.float32), width, height) for _ in range(3)]
    speckle = np.stack(coarse, axis=2) - np.float32(0.5)
    return np.asarray(pixels + speckle * np.float32(0.2 * strength), np.float32)
