"""Nothing but the picture comes through."""

from io import BytesIO

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from arena.images.intake.take_in import take_in
from tests.intake.files import make_chunk, make_file, with_chunks

CANARY = b"canary-4711"
KNOWN_PARTS = {b"VP8 "}


def make_marked(kind: str) -> bytes:
    """The canary in every place the format has for words."""
    exif = Image.Exif()
    exif[0x010E] = exif[0x0131] = CANARY.decode()
    exif.get_ifd(0x8825)[1] = CANARY.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + CANARY + b"</x:xmpmeta>"
    options = {"exif": exif.tobytes(), "icc_profile": profile}
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("prompt", CANARY.decode())
        texts.add_itxt("XML:com.adobe.xmp", xmp.decode())
        png = make_file(kind, pnginfo=texts, **options)
        return with_chunks(png, make_chunk(b"caBX", CANARY))
    options |= {"xmp": xmp, **({"comment": CANARY} if kind == "JPEG" else {})}
    return make_file(kind, **options)


def parts(webp: bytes) -> list[bytes]:
    """The names of a WebP file's chunks."""
    names, place = [], 12
    while place < len(webp):
        names.append(webp[place : place + 4])
        place += 8 + (size := int.from_bytes(webp[place + 4 : place + 8], "little")) + size % 2
    return names


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_exif_xmp_profile_and_comments_are_gone(kind: str) -> None:
    marked = make_marked(kind)
    assert marked.count(CANARY) >= 4
    taken = take_in(marked)
    for content in (taken.full, taken.small):
        assert CANARY not in content
        assert set(parts(content)) == KNOWN_PARTS
        image = Image.open(BytesIO(content))
        assert not {"exif", "xmp", "icc_profile"} & set(image.info)
        assert not image.getexif()
