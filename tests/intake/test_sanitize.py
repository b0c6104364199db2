"""Pictures that leave the site: the picture alone, in its own format and bytes where only metadata has to go."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageCms, ImageStat

from arena.images.intake.refusals import ImageRefused, Reason
from arena.images.intake.take_in import sanitize
from tests.intake.files import make_chunk, make_file, make_noise, make_texts, picture_of, with_chunks

SECRET = b"secret place"
SEFT = b"\0\0\0\x0a\x0bMCC_Data440SEFHk\0\0\0\1\0\0\0SEFT"
MOTION = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[0x0112], found[0x010E] = orientation, SECRET.decode()
    return found


def wide_profile() -> bytes:
    """Adobe RGB (1998) by its primaries, as a profile of 2.1."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    xyz = b"XYZ \0\0\0\0"
    tags = {
        b"rXYZ": xyz + fixed(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz + fixed(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz + fixed(0.14919, 0.06322, 0.74457),
        b"wtpt": xyz + fixed(0.9505, 1.0, 1.0891),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0\0\0\0\1\x02\x33\0\0"),
        b"desc": b"desc\0\0\0\0\0\0\0\x0d" + SECRET + bytes(80),
    }
    table, body, place = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, bare in tags.items():
        held = bare + bytes(-len(bare) % 4)
        table += name + struct.pack(">II", place + len(body), len(held))
        body += held
    head = b"\0\0\0\0lcms\x02\x10\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1.0, 0.8249)
    head = head.ljust(128, b"\0")
    return struct.pack(">I", 128 + len(table) + len(body)) + head[4:] + table + body


def scan_of(jpeg: bytes) -> bytes:
    start = jpeg.index(b"\xff\xda")
    return jpeg[start : jpeg.index(b"\xff\xd9", start)]


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0, "quality": 98}, {"restart_marker_rows": 1}]
)
def test_a_jpeg_loses_its_metadata_and_keeps_its_bytes(options) -> None:
    content = make_noise("JPEG", (320, 200), exif=exif(), comment=SECRET, xmp=SECRET * 9, **options)
    made = sanitize(content)
    assert (made.format, made.width_px, made.height_px, made.came_px) == ("jpeg", 320, 200, (320, 200))
    assert SECRET not in made.content
    assert scan_of(made.content) == scan_of(content)
    assert picture_of(made.content).tobytes() == picture_of(content).tobytes()
    assert not picture_of(made.content).getexif()
    assert len(made.content) < len(content)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_loses_its_metadata_and_keeps_its_bytes(mode: str, lossless: bool) -> None:
    content = make_noise("WEBP", (320, 200), mode, exif=exif(), xmp=SECRET, lossless=lossless)
    made = sanitize(content)
    seen = picture_of(made.content)
    assert (made.format, seen.mode) == ("webp", mode)
    assert SECRET not in made.content
    assert b"EXIF" not in made.content
    assert seen.tobytes() == picture_of(content).tobytes()
    assert struct.unpack_from("<I", made.content, 4)[0] + 8 == len(made.content)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_png_keeps_its_bytes_and_its_transparency(mode: str) -> None:
    content = make_noise("PNG", (90, 60), mode, pnginfo=make_texts(3), exif=exif(), dpi=(72, 72))
    content = with_chunks(content, make_chunk(b"eXIf", SECRET), make_chunk(b"prVt", SECRET))
    made = sanitize(content)
    seen = picture_of(made.content)
    assert (made.format, seen.mode, seen.tobytes()) == ("png", mode, picture_of(content).tobytes())
    assert SECRET not in made.content
    assert b"key 0" not in made.content
    assert set(seen.info) <= {"transparency"}


@pytest.mark.parametrize(("kind", "tail"), [("JPEG", SEFT), ("JPEG", MOTION), ("PNG", b"\r\n"), ("WEBP", b"x" * 99)])
@pytest.mark.parametrize("turn", [1, 6])
def test_what_phones_put_behind_a_picture_is_taken_and_goes_no_further(kind: str, tail: bytes, turn: int) -> None:
    content = make_noise(kind, (160, 120), exif=exif(turn))
    made = sanitize(content + tail)
    assert not made.content.endswith(tail)
    assert turn == 6 or made.content == sanitize(content).content
    assert tail[-30:] not in made.content[-60:]
    assert made.came_px == ((160, 120) if turn == 1 else (120, 160))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_picture_on_its_side_is_turned_in_its_own_format(kind: str) -> None:
    image = Image.new("RGB", (400, 300), "white")
    image.paste("black", (0, 0, 200, 150))
    buffer = BytesIO()
    image.save(buffer, kind, exif=exif(6))
    made = sanitize(buffer.getvalue())
    seen = picture_of(made.content)
    assert (made.format, seen.size, made.came_px) == (kind.lower(), (300, 400), (300, 400))
    corners = [sum(seen.convert("RGB").getpixel((x, y))) for x, y in ((9, 9), (290, 9), (9, 390), (290, 390))]
    assert [corner < 60 for corner in corners] == [False, True, False, False]
    assert SECRET not in made.content


@pytest.mark.parametrize("quality", [50, 75, 90, 95])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("options", [{"exif": exif(8)}, {"icc_profile": wide_profile()}])
def test_what_is_drawn_anew_stays_below_1_3_times_the_bytes(kind: str, quality: int, options) -> None:
    content = make_noise(kind, (900, 700), quality=quality, **options)
    made = sanitize(content)
    assert made.format == kind.lower()
    assert len(made.content) <= 1.3 * len(content)
    same = picture_of(sanitize(make_noise("PNG", (900, 700), **options)).content)
    for got, right in zip(ImageStat.Stat(picture_of(made.content)).mean, ImageStat.Stat(same).mean, strict=True):
        assert got == pytest.approx(right, abs=2)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_of_another_profile_are_the_same_colours_in_srgb(kind: str) -> None:
    content = make_file(kind, colour=(200, 40, 40), icc_profile=wide_profile(), **LOSSLESS.get(kind, {}))
    made = sanitize(content)
    # by the matrices of both spaces: linear 0.5859, 0.0170, 0.0170 in Adobe RGB are 0.8136, 0.0169, 0.0145 in sRGB
    assert picture_of(made.content).convert("RGB").getpixel((20, 20)) == pytest.approx((231, 34, 34), abs=4)
    assert SECRET not in made.content


LOSSLESS = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_profile_that_is_srgb_or_nonsense_only_goes(kind: str) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"nonsense" * 40):
        content = make_noise(kind, (160, 120), icc_profile=profile)
        made = sanitize(content)
        assert picture_of(made.content).tobytes() == picture_of(content).tobytes()
        assert "icc_profile" not in picture_of(made.content).info


def test_sixteen_bits_are_scaled_to_eight() -> None:
    ramp = Image.new("I;16", (256, 4))
    ramp.putdata([x * 257 for x in range(256)] * 4)
    buffer = BytesIO()
    ramp.save(buffer, "PNG")
    seen = picture_of(sanitize(buffer.getvalue()).content)
    assert [seen.getpixel((x, 2)) for x in (0, 1, 110, 254, 255)] == [(x, x, x) for x in (0, 1, 110, 254, 255)]
    assert ImageStat.Stat(seen).mean == pytest.approx([127.5] * 3)


def test_sixteen_bits_of_colour_keep_their_colour() -> None:
    head = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
    row = b"\0" + struct.pack(">HHH", 110 * 257, 20 * 257, 250 * 257) * 8
    content = b"\x89PNG\r\n\x1a\n" + make_chunk(b"IHDR", head) + make_chunk(b"IDAT", zlib.compress(row * 8))
    made = sanitize(content + make_chunk(b"IEND"))
    assert made.content[24] == 8
    assert picture_of(made.content).getpixel((4, 4)) == (110, 20, 250)


def test_a_grey_that_sixteen_bits_call_transparent_stays_so() -> None:
    image = Image.new("I;16", (8, 8), 28_160)
    image.putpixel((3, 3), 28_161)
    buffer = BytesIO()
    image.save(buffer, "PNG", transparency=28_160)
    seen = picture_of(sanitize(buffer.getvalue()).content)
    assert (seen.getpixel((0, 0)), seen.getpixel((3, 3))) == ((110, 110, 110, 0), (110, 110, 110, 255))


def test_a_cmyk_jpeg_becomes_one_in_rgb() -> None:
    seen = picture_of(sanitize(make_file("JPEG", mode="CMYK", colour=(0, 255, 255, 0))).content)
    assert (seen.format, seen.mode, seen.getpixel((9, 9))) == ("JPEG", "RGB", pytest.approx((254, 0, 0), abs=3))


def test_a_long_picture_is_scaled_to_4096_in_its_own_format() -> None:
    made = sanitize(make_noise("JPEG", (6000, 400), exif=exif()))
    assert (made.format, made.width_px, made.height_px, made.came_px) == ("jpeg", 4096, 273, (6000, 400))


def test_a_format_and_a_size_can_be_asked_for() -> None:
    made = sanitize(make_noise("JPEG", (300, 200), exif=exif(6)), to="png", size=(50, 80))
    assert (made.format, picture_of(made.content).size, made.came_px) == ("png", (50, 80), (200, 300))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.97])
def test_what_is_cut_off_is_refused(kind: str, share: float) -> None:
    content = make_noise(kind, (300, 200))
    with pytest.raises(ImageRefused) as refused:
        sanitize(content[: int(len(content) * share)])
    assert refused.value.reason in {Reason.TRUNCATED, Reason.DAMAGED}


def test_a_jpeg_of_several_pictures_leaves_as_its_first_alone() -> None:
    buffer = BytesIO()
    Image.new("RGB", (32, 32), "red").save(
        buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (32, 32), "blue")]
    )
    made = sanitize(buffer.getvalue())
    assert made.content.count(b"\xff\xd8\xff") == 1
    assert picture_of(made.content).getpixel((5, 5)) == pytest.approx((254, 0, 0), abs=3)
