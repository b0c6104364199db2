"""Good images come in as ours; everything else is refused, with the reason."""

import zipfile
import zlib
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from arena.images.intake.refusals import MESSAGES, ImageRefused, Reason
from arena.images.intake.take_in import take_in
from tests.intake.files import (
    make_animation,
    make_bomb,
    make_chunk,
    make_file,
    make_noise,
    make_texts,
    picture_of,
    with_chunks,
    with_first_chunk,
)

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n"
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"

REFUSED = {
    "empty": (b"", Reason.EMPTY),
    "gif": (make_file("GIF"), Reason.UNKNOWN_FORMAT),
    "tiff": (make_file("TIFF"), Reason.UNKNOWN_FORMAT),
    "bmp": (make_file("BMP"), Reason.UNKNOWN_FORMAT),
    "svg": (SVG, Reason.UNKNOWN_FORMAT),
    "eps": (EPS, Reason.UNKNOWN_FORMAT),
    "html as an image": (HTML, Reason.UNKNOWN_FORMAT),
    "zeros": (bytes(1000), Reason.UNKNOWN_FORMAT),
    "png signature alone": (make_file()[:8], Reason.TRUNCATED),
    "png signature and html": (make_file()[:8] + HTML, Reason.TRUNCATED),
    "jpeg signature and html": (b"\xff\xd8\xff" + HTML, Reason.DAMAGED),
    "webp signature and html": (b"RIFF\0\0\0\0WEBP" + HTML, Reason.DAMAGED),
    "13,000 squared in one bit": (make_bomb(13_000, 13_000), Reason.TOO_MANY_PIXELS),
    "a width past 31 bits": (make_bomb(8, 8).replace(b"\0\0\0\x08", b"\xff\xff\xff\xff", 1), Reason.DAMAGED),
    "webp beyond what fits": (make_noise("WEBP", (4200, 4200), method=0), Reason.TOO_MANY_PIXELS),
    "progressive jpeg beyond what fits": (
        make_noise("JPEG", (5300, 5000), progressive=True, subsampling=0),
        Reason.TOO_MANY_PIXELS,
    ),
    "10,000 text chunks": (make_file(pnginfo=make_texts(10_000)), Reason.TOO_MUCH_TEXT),
    "10,000 text chunks at the end": (
        with_chunks(make_file(), *[make_chunk(b"tEXt", b"a\0b")] * 10_000),
        Reason.TOO_MUCH_TEXT,
    ),
    "10,000 parts of no known kind": (with_chunks(make_file(), *[make_chunk(b"abCd")] * 10_000), Reason.TOO_MUCH_TEXT),
    "two million characters": (make_file(pnginfo=make_texts(1, 2_000_000)), Reason.TOO_MUCH_TEXT),
    "text that unpacks to 200 million characters": (
        with_first_chunk(make_file(), make_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200_000_000)))),
        Reason.DAMAGED,
    ),
    "animated png": (make_animation("PNG"), Reason.ANIMATED),
    "animated webp": (make_animation("WEBP"), Reason.ANIMATED),
    "png whose pixels cannot be unpacked": (make_noise("PNG", (60, 40)).replace(b"IDATx", b"IDAT\xff"), Reason.DAMAGED),
    "png with a wrong checksum": (make_file().replace(b"IDAT", b"IDAX"), Reason.DAMAGED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_image_of_ours_is_refused_with_the_reason(name: str) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(ImageRefused) as refused:
        take_in(content)
    assert (refused.value.reason, str(refused.value)) == (reason, MESSAGES[reason])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.999])
def test_an_image_without_its_end_is_refused(kind: str, share: float) -> None:
    content = make_noise(kind, (300, 200))
    with pytest.raises(ImageRefused) as refused:
        take_in(content[: int(len(content) * share)])
    assert refused.value.reason in {Reason.TRUNCATED, Reason.DAMAGED}


def test_every_reason_has_its_words() -> None:
    assert set(MESSAGES) == set(Reason)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_format_comes_in_as_webp_of_the_same_size(kind: str) -> None:
    taken = take_in(make_file(kind, (640, 480)))
    full, small = picture_of(taken.full), picture_of(taken.small)
    assert (full.format, full.size, small.format, small.size) == ("WEBP", (640, 480), "WEBP", (384, 288))
    assert (taken.width_px, taken.height_px) == full.size
    assert full.getpixel((10, 10)) == pytest.approx((0, 128, 128), abs=5)


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 100, (100, 100, 100)),
        ("P", 0, (0, 0, 0)),
        ("LA", (0, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 255), (254, 0, 0)),
        ("I;16", 32_768, (127, 127, 127)),
    ],
)
def test_every_kind_of_pixel_is_seen_as_it_is_on_white(mode: str, colour, seen: tuple[int, int, int]) -> None:
    full = picture_of(take_in(make_file("PNG", (300, 300), mode, colour)).full)
    assert full.mode == "RGB"
    assert full.getpixel((150, 280)) == pytest.approx(seen, abs=2)


def test_a_jpeg_in_cmyk_comes_in() -> None:
    assert picture_of(take_in(make_file("JPEG", mode="CMYK", colour=(0, 0, 0, 0))).full).getpixel((5, 5)) == (
        255,
        255,
        255,
    )


def test_a_jpeg_of_several_pictures_counts_as_its_first() -> None:
    buffer = BytesIO()
    Image.new("RGB", (32, 32), "red").save(
        buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (32, 32), "blue")]
    )
    assert picture_of(take_in(buffer.getvalue()).full).getpixel((5, 5)) == pytest.approx((254, 0, 0), abs=3)


def test_a_large_image_is_kept_at_4096_a_side_without_seams() -> None:
    gradient = Image.linear_gradient("L").resize((300, 9000))
    buffer = BytesIO()
    gradient.save(buffer, "PNG")
    full = picture_of(take_in(buffer.getvalue()).full)
    assert full.size == (137, 4096)
    column = [full.getpixel((60, y))[0] for y in range(4096)]
    assert max(abs(a - b) for a, b in pairwise(column)) <= 3
    assert column[2048] == pytest.approx(127, abs=3)


def test_a_strip_one_pixel_wide_stays_one_pixel_wide() -> None:
    taken = take_in(make_file(size=(1, 30_000)))
    assert (taken.width_px, taken.height_px) == (1, 4096)
    assert picture_of(taken.small).size == (1, 384)


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))])
def test_a_photograph_is_turned_upright(orientation: int, corner: tuple[int, int]) -> None:
    """The dark corner of the sensor's picture, top left, ends where the camera said it belongs."""
    image, exif = Image.new("RGB", (64, 64), "white"), Image.Exif()
    image.paste("black", (0, 0, 32, 32))
    exif[0x0112] = orientation
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif, quality=95)
    full = picture_of(take_in(buffer.getvalue()).full)
    dark = [(x, y) for x in (0, 1) for y in (0, 1) if sum(full.getpixel((16 + 32 * x, 16 + 32 * y))) < 60]
    assert dark == [corner]


def test_unreadable_exif_does_not_matter() -> None:
    content = make_file("JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert take_in(content).width_px == 64


def make_archive() -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as inner:
        inner.writestr("page.html", HTML)
    return archive.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("behind", [make_archive(), HTML, b"%PDF-1.7\n", b"x"], ids=["zip", "html", "pdf", "a byte"])
def test_a_file_that_goes_on_after_its_image_is_refused_by_name(kind: str, behind: bytes) -> None:
    with pytest.raises(ImageRefused, match="goes on after the end") as refused:
        take_in(make_noise(kind, (120, 80)) + behind)
    assert refused.value.reason == Reason.TRAILING_DATA


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_zeros_behind_an_image_are_no_other_file(kind: str) -> None:
    assert take_in(make_noise(kind, (120, 80)) + bytes(4096)).width_px == 120


def test_a_jpeg_that_hides_an_archive_behind_its_second_picture_is_refused() -> None:
    two = make_file("JPEG") + make_file("JPEG", colour="navy")
    assert take_in(two).width_px == 64
    with pytest.raises(ImageRefused, match="goes on after the end"):
        take_in(two + make_archive())


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"quality": 100, "subsampling": 0}, {"comment": b"\xff\xd9"}]
)
def test_the_end_of_a_jpeg_is_found_whatever_it_holds(options) -> None:
    assert take_in(make_noise("JPEG", (300, 200), **options)).width_px == 300


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_hides_inside_an_image_does_not_come_out(kind: str) -> None:
    hidden = {"PNG": {"pnginfo": make_texts(1)}, "JPEG": {"comment": HTML}, "WEBP": {"xmp": HTML}}
    taken = take_in(make_file(kind, **hidden[kind]))
    for content in (taken.full, taken.small):
        assert b"script" not in content
        assert b"key 0" not in content
        assert int.from_bytes(content[4:8], "little") + 8 == len(content)


def test_a_file_is_read_one_byte_past_the_limit_at_most() -> None:
    class Endless(BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert size > 0
            self.taken += size
            return bytes(size)

    source = Endless()
    with pytest.raises(ImageRefused, match="allowed are 2 MB") as refused:
        take_in(source, 2 * 2**20)
    assert (refused.value.reason, source.taken) == (Reason.TOO_MANY_BYTES, 2 * 2**20 + 1)


def test_a_file_of_exactly_the_limit_comes_in() -> None:
    content = make_file()
    assert take_in(BytesIO(content), len(content)).width_px == 64
