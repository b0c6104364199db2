"""Pictures that come with an edit: found among the form's files, drawn anew by the limited child. Blocking."""

from typing import Final

from django.conf import settings

from arena.images.intake.redraw import Redrawn, redraw
from arena.images.intake.refusals import DecoderBroken, ImageRefused
from lumenboard.gateway.errors import GatewayError, invalid
from lumenboard.gateway.form import FilePart, Form
from providers.adapters.wire import InputImage
from providers.pricing import Size

IMAGES: Final = frozenset({"image", "image[]"})
MASKS: Final = frozenset({"mask", "mask[]"})
MOST_INPUTS: Final = 16


def edit_pictures(form: Form) -> tuple[tuple[InputImage, ...], InputImage | None]:
    """The pictures in order, and the mask. Raises GatewayError, which names the part."""
    if unknown := [file.name for file in form.files if file.name not in IMAGES | MASKS]:
        raise invalid(unknown[0][:80], "the file is not expected; allowed are image, image[] and mask")
    files = [file for file in form.files if file.name in IMAGES]
    masks = [file for file in form.files if file.name in MASKS]
    if not files:
        raise invalid("image", "a file is needed")
    if len(files) > MOST_INPUTS or len(masks) > 1:
        raise invalid("image", f"too many files; allowed are {MOST_INPUTS} images and one mask")
    images = tuple(_picture(file) for file in files)
    mask = _picture(masks[0]) if masks else None
    if mask is not None and mask.size != images[0].size:
        raise invalid("mask", f"the mask is {mask.size}, the first image {images[0].size}; they must be alike")
    return images, mask


def _picture(file: FilePart) -> InputImage:
    try:
        # PNG keeps every pixel and its transparency.
        drawn: Redrawn = redraw(file.content, "png", limit_bytes=settings.MAX_UPLOAD_BYTES)  # type: ignore[arg-type]
    except ImageRefused as refused:
        raise invalid(file.name, str(refused)) from None
    except DecoderBroken:
        raise GatewayError("INTERNAL_ERROR", "The image could not be checked because of an internal error.") from None
    size = Size(width_px=drawn.width_px, height_px=drawn.height_px)
    return InputImage(content=drawn.content, media_type=drawn.media_type, size=size)
