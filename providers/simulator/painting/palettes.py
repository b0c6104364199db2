"""Palette families: colours by their role in a picture, the moods a prompt can set, and the final colour grade."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
Pixels = NDArray[np.float32]


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
