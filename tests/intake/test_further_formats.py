"""HEIC, AVIF and still GIFs are taken where a picture is only passed on, and leave as what providers take."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from arena.images.intake.refusals import ImageRefused, Reason
from arena.images.intake.take_in import redraw, sanitize, take_in
from tests.intake.files import make_noise

HEIC = Path(__file__).resolve().parents[1] / "data" / "heic"


def heic(name: str) -> bytes:
    return (HEIC / f"{name}.heic").read_bytes()


def quartered(kind: str, mode: str = "RGB", **options) -> bytes:
    image = Image.new(mode, (64, 48), (30, 120, 200, 128)[: len(mode)])
    image.paste((220, 40, 40, 255)[: len(mode)], (0, 0, 32, 24))
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def near(pixel: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 30 for one, other in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (heic("plain"), "jpeg"),
        (heic("transparent"), "png"),
        (quartered("AVIF"), "jpeg"),
        (quartered("AVIF", "RGBA"), "png"),
        (quartered("GIF"), "png"),
    ],
)
def test_it_leaves_as_jpeg_or_where_something_is_transparent_as_png(content: bytes, format: str) -> None:
    made = sanitize(content)
    assert (made.format, made.width_px, made.height_px) == (format, 64, 48)
    picture = Image.open(BytesIO(made.content))
    assert near(picture.convert("RGB").getpixel((10, 10)), (220, 40, 40))
    if format == "png" and picture.mode == "RGBA":
        assert (picture.getpixel((10, 10))[3], near((picture.getpixel((60, 40))[3],), (128,))) == (255, True)


def test_a_heic_is_turned_upright_and_loses_its_text() -> None:
    made = sanitize(heic("turned"))
    assert (made.width_px, made.height_px) == (48, 64)
    assert b"secret place" not in made.content
    # turned to the right, what was in the upper left is in the upper right
    assert near(Image.open(BytesIO(made.content)).getpixel((40, 10)), (220, 40, 40))


def test_beside_a_mask_it_becomes_png() -> None:
    assert sanitize(heic("plain"), to="png").format == "png"


@pytest.mark.parametrize("content", [heic("plain"), quartered("AVIF"), quartered("GIF")])
@pytest.mark.parametrize("to", ["png", "webp"])
def test_what_a_provider_draws_in_it_is_converted(content: bytes, to: str) -> None:
    made = redraw(content, to)
    assert (made.format, made.width_px, made.height_px) == (to, 64, 48)


@pytest.mark.parametrize("kind", ["GIF", "AVIF"])
def test_an_animation_is_refused(kind: str) -> None:
    first, second = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")
    out = BytesIO()
    first.save(out, kind, save_all=True, append_images=[second])
    with pytest.raises(ImageRefused) as refused:
        sanitize(out.getvalue())
    assert refused.value.reason == Reason.ANIMATED


@pytest.mark.parametrize("content", [heic("plain"), make_noise("AVIF", (200, 200)), make_noise("GIF", (200, 200))])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_off_is_refused(content: bytes, share: float) -> None:
    with pytest.raises(ImageRefused) as refused:
        sanitize(content[: int(len(content) * share)])
    assert refused.value.reason in {Reason.TRUNCATED, Reason.DAMAGED, Reason.NO_PICTURE}


@pytest.mark.parametrize("content", [b"BM" + bytes(100), b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(90)])
def test_the_refusal_of_all_others_names_what_is_taken(content: bytes) -> None:
    with pytest.raises(ImageRefused) as refused:
        sanitize(content)
    assert str(refused.value) == "The file is not a PNG, JPEG, WebP, AVIF, HEIC or GIF image."


@pytest.mark.parametrize("content", [heic("plain"), quartered("AVIF"), quartered("GIF")])
def test_the_arena_takes_none_of_them(content: bytes) -> None:
    with pytest.raises(ImageRefused) as refused:
        take_in(BytesIO(content))
    assert refused.value.reason == Reason.UNKNOWN_FORMAT
