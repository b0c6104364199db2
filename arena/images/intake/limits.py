"""What an image from outside may be, and what decoding it may take (docs/images.md says why)."""

from typing import Final

MIB: Final = 1 << 20

UPLOAD_BYTES: Final = 20 * MIB
"""The default; the site's own limit is a setting."""

LONGEST_SIDE_PX: Final = 4096
"""Larger pictures are kept scaled down to it."""

PIXELS: Final = {"PNG": 50_000_000, "JPEG": 50_000_000, "WEBP": LONGEST_SIDE_PX**2}
"""Read from the header. WebP takes 12 bytes a pixel to decode, the others 4."""

HALVED_PIXELS: Final = 40_000_000
"""Larger ones are kept at half their size: beside the whole picture nothing of 4096 a side would fit."""

PROGRESSIVE_PIXELS: Final = 25_000_000
"""With colour at full width. A progressive JPEG is held whole as coefficients, beside the picture."""

COEFFICIENT_BYTES: Final = 5
"""A pixel, of a progressive JPEG beyond that: 2 for grey, 3 for 4:2:0, 4 for 4:2:2; 6 for 4:4:4 is too much."""

PROGRESSIVE_BYTES: Final = 230_000_000
"""Coefficients and picture together; where they take more the picture is decoded at half its size."""

AVIF_PIXELS: Final = 7_000_000
"""To encode an AVIF takes 33 bytes a pixel."""

PNG_CHUNKS: Final = 10_000
PNG_TEXTS: Final = 100
PNG_TEXT_BYTES: Final = MIB

WALL_CLOCK_S: Final = 5
PROCESSOR_S: Final = 5
PATIENT_WALL_CLOCK_S: Final = 20
PATIENT_PROCESSOR_S: Final = 10
"""For pictures of the gateway: they belong to who holds a key, and have been paid for or are about to be."""

MEMORY_BYTES: Final = 300 * MIB
"""Address space, so what is resident is less."""

OUTPUT_BYTES: Final = 48 * MIB
AT_ONCE: Final = 2
"""Children of one server process; more wait."""
