"""Why an image from outside is not taken, in words for whoever sent it."""

from enum import StrEnum

from arena.images.intake.limits import AVIF_PIXELS, LONGEST_SIDE_PX, PIXELS, PROGRESSIVE_PIXELS


class Reason(StrEnum):
    """Stable codes; `MESSAGES` has their words."""

    EMPTY = "empty"
    TOO_MANY_BYTES = "too_many_bytes"
    UNKNOWN_FORMAT = "unknown_format"
    NO_PICTURE = "no_picture"
    NO_ENTRANT = "no_entrant"
    TOO_MANY_PIXELS = "too_many_pixels"
    TRUNCATED = "truncated"
    TRAILING_DATA = "trailing_data"
    DAMAGED = "damaged"
    ANIMATED = "animated"
    TOO_MUCH_TEXT = "too_much_text"
    TOO_MUCH_MEMORY = "too_much_memory"
    TOO_SLOW = "too_slow"
    NOT_ENCODED = "not_encoded"


MESSAGES: dict[Reason, str] = {
    Reason.EMPTY: "The file is empty.",
    Reason.TOO_MANY_BYTES: "The file is too large.",
    Reason.UNKNOWN_FORMAT: "The file is not a PNG, JPEG or WebP image.",
    Reason.NO_PICTURE: "The file is not a PNG, JPEG, WebP, AVIF, HEIC or GIF image.",
    Reason.NO_ENTRANT: "The file is not a PNG, JPEG, WebP, AVIF, HEIC, TIFF or GIF image.",
    Reason.TOO_MANY_PIXELS: (
        f"The image has too many pixels: allowed are {PIXELS['PNG'] / 1e6:.0f} million "
        f"(WebP {LONGEST_SIDE_PX} × {LONGEST_SIDE_PX}, progressive JPEG {PROGRESSIVE_PIXELS / 1e6:.0f} million "
        "where its colour is not at half width)."
    ),
    Reason.TRUNCATED: "The image is cut off: its end is missing.",
    Reason.TRAILING_DATA: (
        "The file goes on after the end of the image, as one that is also something else does; save the image anew."
    ),
    Reason.DAMAGED: "The image is damaged and cannot be read.",
    Reason.ANIMATED: "The image is animated; save the frame that is meant as an image of its own.",
    Reason.TOO_MUCH_TEXT: "The image carries too much text or too many parts beside the picture.",
    Reason.TOO_MUCH_MEMORY: "The image takes too much memory to read; save it smaller.",
    Reason.TOO_SLOW: "The image takes too long to read; save it smaller.",
    Reason.NOT_ENCODED: (
        f"The image is too large to be written in that format: AVIF takes up to {AVIF_PIXELS / 1e6:.0f} million "
        "pixels, WebP and GIF as many as fit into memory."
    ),
}


class ImageRefused(Exception):
    """The image is not taken; `reason` is the code, `str()` the sentence."""

    def __init__(self, reason: Reason, message: str = "") -> None:
        super().__init__(message or MESSAGES[reason])
        self.reason = reason


class DecoderBroken(Exception):
    """The child failed for a cause of its own, which no other image would cure."""
