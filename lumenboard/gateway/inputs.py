"""Pictures that come with an edit: found among the form's files, cleaned by the limited child. Blocking."""

import re
from typing import Final

from django.conf import settings

from arena.images.intake.refusals import DecoderBroken, ImageRefused
from arena.images.intake.take_in import Redrawn, sanitize
from lumenboard.gateway.errors import GatewayError, invalid
from lumenboard.gateway.form import FilePart, Form
from providers.adapters.wire import InputImage
from providers.pricing import Size

IMAGES: Final = re.compile(r"image(\[([0-9]{0,3})\])?")
MASKS: Final = re.compile(r"mask(\[0?\])?")
MOST_INPUTS: Final = 16


def edit_pictures(form: Form) -> tuple[tuple[InputImage, ...], InputImage | None]:
    """The pictures in order, and the mask. Raises GatewayError, which names the part."""
    if unknown := [file.name for file in form.files if not (IMAGES.fullmatch(file.name) or MASKS.fullmatch(file.name))]:
        raise invalid(unknown[0][:80], "the file is not expected; allowed are image, image[], image[0] and mask")
    if texts := [name for name in ("image", "images", "mask") if name in form.fields]:
        raise invalid(texts[0], "a file is needed; addresses of pictures are taken in JSON alone")
    files = sorted((file for file in form.files if IMAGES.fullmatch(file.name)), key=_place)
    masks = [file for file in form.files if MASKS.fullmatch(file.name)]
    if not files:
        raise invalid("image", "a picture is needed: a file, or in JSON images")
    if len(files) > MOST_INPUTS or len(masks) > 1:
        raise invalid("image", f"too many files; allowed are {MOST_INPUTS} images and one mask")
    masked = bool(masks)
    # A mask has transparency, and providers want the picture it belongs to in the same format and size.
    cleaned = [_clean(file, "png" if masked and place == 0 else "") for place, file in enumerate(files)]
    return tuple(map(_input, cleaned)), _input(_mask(masks[0], cleaned[0])) if masked else None


def _place(file: FilePart) -> int:
    """Numbered files in their order, others as they came."""
    match = IMAGES.fullmatch(file.name)
    return int(match[2]) if match and match[2] else 0


def _mask(file: FilePart, image: Redrawn) -> Redrawn:
    """As large as the image has become."""
    mask = _clean(file, "png")
    if mask.came_px != image.came_px:
        sizes = [f"{width}x{height}" for width, height in (mask.came_px, image.came_px)]
        raise invalid("mask", f"the mask is {sizes[0]}, the first image {sizes[1]}; they must be of one size")
    size = (image.width_px, image.height_px)
    return mask if (mask.width_px, mask.height_px) == size else _clean(file, "png", size)


def _clean(file: FilePart, to: str, size: tuple[int, int] | None = None) -> Redrawn:
    file.content.seek(0)
    try:
        return sanitize(file.content, settings.MAX_UPLOAD_BYTES, to=to, size=size)  # type: ignore[arg-type]
    except ImageRefused as refused:
        raise invalid(file.label, str(refused)) from None
    except DecoderBroken:
        raise GatewayError("INTERNAL_ERROR", "The image could not be checked because of an internal error.") from None


def _input(cleaned: Redrawn) -> InputImage:
    size = Size(width_px=cleaned.width_px, height_px=cleaned.height_px)
    return InputImage(content=cleaned.content, media_type=cleaned.media_type, size=size)
