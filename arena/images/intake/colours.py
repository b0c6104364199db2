"""Colour profiles: what a file's profile means is carried into the pixels as sRGB, and the profile stays behind."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageCms

from arena.images.intake.plain import Look, clear

STEP: Final = 51
# Levels by which a profile may differ and still be called sRGB; there are many editions of that one.
NEAR: Final = 2


def to_srgb(image: Image.Image) -> Look | None:
    """What makes strips of the image sRGB; None where they are, where nothing is said, or it cannot be read."""
    held = image.info.get("icc_profile")
    if not isinstance(held, bytes) or not held:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(held))
        space = profile.profile.xcolor_space.strip()
        if (space, image.mode) in {("GRAY", "L"), ("CMYK", "CMYK")}:
            return _applied(_transform(profile, image.mode, "RGB"))
        if space != "RGB" or image.mode in {"L", "LA", "1", "CMYK", "I", "I;16"}:
            return None
        transform = _transform(profile, "RGB", "RGB")
        return None if _is_near(transform) else _with_alpha(profile, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _transform(profile: ImageCms.ImageCmsProfile, mode: str, to: str) -> ImageCms.ImageCmsTransform:
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, to, intent)


def _applied(transform: ImageCms.ImageCmsTransform) -> Look:
    def look(strip: Image.Image) -> Image.Image:
        return transform.apply(strip)

    return look


def _with_alpha(profile: ImageCms.ImageCmsProfile, plain: ImageCms.ImageCmsTransform) -> Look:
    with_alpha = _transform(profile, "RGBA", "RGBA")

    def look(strip: Image.Image) -> Image.Image:
        seen = clear(strip)
        return (with_alpha if seen.mode == "RGBA" else plain).apply(seen)

    return look


def _is_near(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether colours all over the cube stay where they are."""
    levels = range(0, 256, STEP)
    before = bytes(level for red in levels for green in levels for blue in levels for level in (red, green, blue))
    cube = Image.frombytes("RGB", (len(before) // 3, 1), before)
    after = transform.apply(cube).tobytes()
    return max(abs(one - other) for one, other in zip(before, after, strict=True)) <= NEAR
