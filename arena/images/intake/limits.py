"""What an image from outside may be, and what decoding it may take (docs/images.md says why)."""

from typing import Final

MIB: Final = 1 << 20

UPLOAD_BYTES: Final = 20 * MIB
"""The default; the site's own limit is a setting."""

LONGEST_SIDE_PX: Final = 4096
"""Larger pictures are kept scaled down to it."""

PIXELS: Final = {"PNG": 40_000_000, "JPEG": 40_000_000, "WEBP": LONGEST_SIDE_PX**2}
"""Read from the header. WebP takes 16 bytes a pixel to decode, the others 4."""

PROGRESSIVE_PIXELS: Final = 20_000_000
"""A progressive JPEG is held whole as coefficients, up to 8 bytes a pixel beside the picture."""

PNG_CHUNKS: Final = 10_000
PNG_TEXTS: Final = 100
PNG_TEXT_BYTES: Final = MIB

WALL_CLOCK_S: Final = 5
PROCESSOR_S: Final = 5
MEMORY_BYTES: Final = 300 * MIB
"""Address space, so what is resident is less."""

OUTPUT_BYTES: Final = 48 * MIB
AT_ONCE: Final = 2
"""Children of one server process; more wait."""
