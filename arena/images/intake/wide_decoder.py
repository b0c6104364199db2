"""The child process for pictures that an operator brings: also AVIF, HEIC, TIFF and still GIFs, colours made sRGB.

Otherwise as the decoder: an image on standard input, a header line and two WebP files on standard output.
"""

from io import BytesIO
from typing import BinaryIO

# All that is needed is imported here: once limited, the process can open nothing.
import pi_heif
from PIL import AvifImagePlugin, GifImagePlugin, ImageCms, TiffImagePlugin  # noqa: F401

from arena.images.imaging import EncodedImage, encode
from arena.images.intake.colours import to_srgb
from arena.images.intake.decoder import faults_as_refusals, load, main, opened
from arena.images.intake.limits import PATIENT_PROCESSOR_S
from arena.images.intake.plain import drawn, orientation, stored_size, turned, within

# One thread each: others would take memory that there is not.
pi_heif.register_heif_opener(decode_threads=1, thumbnails=False)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def widely_decoded(stream: BinaryIO) -> EncodedImage:
    """Raises ImageRefused for every image that is not taken."""
    with faults_as_refusals():
        # in memory: what reads TIFF would open a file a second time, which the process cannot
        image = opened(BytesIO(stream.read()), is_wide=True)
        turn, colours, size = orientation(image), to_srgb(image), stored_size(*image.size)
        load(image, at_half_size=True)
        picture = drawn(image, within(size, image.size), "RGB", colours)
        # What was decoded makes room for what is turned and encoded.
        del image
        return encode(turned(picture, turn))


if __name__ == "__main__":
    main(widely_decoded, PATIENT_PROCESSOR_S)
