"""What operators bring: more formats, and many pictures by children that a nursery forks."""

from io import BytesIO

import pytest
from PIL import Image

from arena.images.intake.many import ManyPictures
from arena.images.intake.refusals import DecoderBroken, ImageRefused, Reason
from arena.images.intake.take_in import take_in_widely
from tests.intake.files import make_bomb, make_file, picture_of
from tests.intake.test_further_formats import heic, near, quartered

FORMATS = [
    make_file(),
    make_file("JPEG"),
    make_file("WEBP"),
    heic("plain"),
    quartered("AVIF"),
    quartered("GIF"),
    quartered("TIFF"),
    quartered("TIFF", compression="tiff_lzw"),
    quartered("TIFF", "CMYK"),
]


def pages() -> bytes:
    buffer = BytesIO()
    second = Image.new("RGB", (16, 16), "red")
    Image.new("RGB", (16, 16)).save(buffer, "TIFF", save_all=True, append_images=[second])
    return buffer.getvalue()


def test_a_tiff_keeps_its_colours() -> None:
    picture = picture_of(take_in_widely(quartered("TIFF", compression="tiff_adobe_deflate")).full)
    assert picture.size == (64, 48)
    assert near(picture.getpixel((10, 10)), (220, 40, 40))
    assert near(picture.getpixel((50, 40)), (30, 120, 200))


def test_one_nursery_takes_all_formats_and_refuses_as_the_decoder_does() -> None:
    wrong = {
        Reason.EMPTY: b"",
        Reason.NO_ENTRANT: b"<svg/>",
        Reason.TOO_MANY_PIXELS: make_bomb(20_000, 20_000),
        Reason.ANIMATED: pages(),
        Reason.DAMAGED: b"II*\0" + bytes(100),
    }
    with ManyPictures() as many:
        for content in FORMATS:
            assert many.take_in(content).width_px == 64
        for reason, content in wrong.items():
            with pytest.raises(ImageRefused) as refused:
                many.take_in(content)
            assert refused.value.reason == reason
        assert many.take_in(FORMATS[0]) == take_in_widely(FORMATS[0])


def test_a_nursery_that_was_killed_is_a_fault_of_ours_and_another_takes_its_place() -> None:
    with ManyPictures() as many:
        many.take_in(FORMATS[0])
        assert many._process is not None
        many._process.kill()
        with pytest.raises(DecoderBroken):
            many.take_in(FORMATS[0])
        assert many.take_in(FORMATS[0]).width_px == 64
