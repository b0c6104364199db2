"""Images drawn anew in a wanted format by the limited child."""

from io import BytesIO

import pytest
from PIL import Image, ImageStat

from arena.images.intake.recoder import FORMATS
from arena.images.intake.refusals import ImageRefused, Reason
from arena.images.intake.take_in import redraw
from tests.intake.files import make_bomb, make_noise, picture_of


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
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.NO_PICTURE),
        (b"<html><script>alert(1)</script>", Reason.NO_PICTURE),
        (picture()[:40], Reason.DAMAGED),
        (b"", Reason.EMPTY),
        (make_noise("PNG", (60, 40)).replace(b"IDATx", b"IDAT\xff"), Reason.DAMAGED),
    ],
)
def test_what_is_no_picture_is_refused_by_name(content: bytes, reason: Reason) -> None:
    with pytest.raises(ImageRefused) as caught:
        redraw(content, "png")
    assert caught.value.reason in {reason, Reason.TRUNCATED}


def test_a_picture_keeps_its_full_size_in_every_format() -> None:
    content = make_noise("PNG", (4500, 40))
    for to in FORMATS:
        made = redraw(content, to)
        assert (made.width_px, made.height_px) == picture_of(made.content).size == (4500, 40)


def test_an_avif_beyond_what_its_encoder_bears_is_refused_with_the_bound() -> None:
    with pytest.raises(ImageRefused, match="AVIF takes up to 7 million") as refused:
        redraw(make_bomb(2700, 2700), "avif")
    assert refused.value.reason == Reason.NOT_ENCODED


@pytest.mark.parametrize("to", ["png", "jpeg", "webp", "avif"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(to: str) -> None:
    buffer = BytesIO()
    Image.new("I;16", (64, 64), 28_141).save(buffer, "PNG")
    mean = ImageStat.Stat(picture_of(redraw(buffer.getvalue(), to).content).convert("RGB")).mean
    assert mean == pytest.approx([109.5] * 3, abs=2)


def test_opaque_alpha_is_no_transparency_and_real_one_stays() -> None:
    opaque, clear = picture(mode="RGBA", size=(8, 8)), make_noise("PNG", (8, 8), "RGBA")
    solid = Image.open(BytesIO(opaque))
    solid.putalpha(255)
    buffer = BytesIO()
    solid.save(buffer, "PNG")
    assert picture_of(redraw(buffer.getvalue(), "webp").content).mode == "RGB"
    assert picture_of(redraw(clear, "webp").content).mode == "RGBA"


def test_what_stands_behind_a_picture_of_a_provider_is_left_behind() -> None:
    assert redraw(picture() + b"\r\n", "jpeg").format == "jpeg"
