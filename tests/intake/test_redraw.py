"""Images drawn anew in a wanted format by the limited child."""

from io import BytesIO

import pytest
from PIL import Image

from arena.images.intake.recoder import FORMATS
from arena.images.intake.redraw import redraw
from arena.images.intake.refusals import ImageRefused, Reason


def picture(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (32, 24), **options) -> bytes:
    buffer = BytesIO()
    Image.new(mode, size, (200, 10, 10, 0)[: len(mode)]).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("to", FORMATS)
def test_every_format_can_be_drawn(to: str) -> None:
    made = redraw(picture(), to, 70)
    opened = Image.open(BytesIO(made.content))
    assert (opened.format, opened.size, (made.width_px, made.height_px)) == (to.upper(), (32, 24), (32, 24))


def test_transparency_stays_in_a_mask_and_becomes_white_in_a_jpeg() -> None:
    clear = picture(mode="RGBA")
    assert Image.open(BytesIO(redraw(clear, "png").content)).getpixel((3, 3))[3] == 0
    assert min(Image.open(BytesIO(redraw(clear, "jpeg").content)).getpixel((3, 3))) > 250


def test_what_a_file_carries_beside_the_picture_is_left_behind() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    assert b"secret" not in redraw(picture("JPEG", exif=exif), "png").content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.UNKNOWN_FORMAT),
        (b"<html><script>alert(1)</script>", Reason.UNKNOWN_FORMAT),
        (picture()[:40], Reason.DAMAGED),
        (b"", Reason.EMPTY),
    ],
)
def test_what_is_no_picture_is_refused_by_name(content: bytes, reason: Reason) -> None:
    with pytest.raises(ImageRefused) as caught:
        redraw(content, "png")
    assert caught.value.reason in {reason, Reason.TRUNCATED}


def test_an_avif_is_never_larger_than_its_encoder_bears() -> None:
    assert max(Image.open(BytesIO(redraw(picture(size=(1700, 16)), "avif").content)).size) == 1600
