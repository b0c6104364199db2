"""What an image from outside may be, and what decoding it may take (docs/images.md says why)."""

from typing import Final

MIB: Final = 1 << 20

# The default; the site's own limit is a setting.
UPLOAD_BYTES: Final = 20 * MIB

# Larger pictures are kept scaled down to it.
LONGEST_SIDE_PX: Final = 4096

# Read from the header. WebP takes 12 bytes a pixel to decode, the others 4.
PIXELS: Final = {
    "PNG": 50_000_000,
    "JPEG": 50_000_000,
    "WEBP": LONGEST_SIDE_PX**2,
    "GIF": 16_000_000,
    "AVIF": 25_000_000,
    "HEIF": 25_000_000,
    "TIFF": 25_000_000,
}

# Larger ones are kept at half their size: beside the whole picture nothing of 4096 a side would fit.
HALVED_PIXELS: Final = 40_000_000

# With colour at full width. A progressive JPEG is held whole as coefficients, beside the picture.
PROGRESSIVE_PIXELS: Final = 25_000_000

# A pixel, of a progressive JPEG beyond that: 2 for grey, 3 for 4:2:0, 4 for 4:2:2; 6 for 4:4:4 is too much.
COEFFICIENT_BYTES: Final = 5

# Coefficients and picture together; where they take more the picture is decoded at half its size.
PROGRESSIVE_BYTES: Final = 230_000_000

# To encode an AVIF takes 33 bytes a pixel.
AVIF_PIXELS: Final = 7_000_000

PNG_CHUNKS: Final = 10_000
PNG_TEXTS: Final = 100
PNG_TEXT_BYTES: Final = MIB

WALL_CLOCK_S: Final = 5
PROCESSOR_S: Final = 5
PATIENT_WALL_CLOCK_S: Final = 20
# For pictures of the gateway: they belong to who holds a key, and have been paid for or are about to be.
PATIENT_PROCESSOR_S: Final = 10

# Address space, so what is resident is less.
MEMORY_BYTES: Final = 300 * MIB

OUTPUT_BYTES: Final = 48 * MIB
# Children of one server process; more wait.
AT_ONCE: Final = 2
