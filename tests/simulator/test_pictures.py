import asyncio
import io
from dataclasses import replace

import pytest
from PIL import Image, ImageChops

from providers.simulator.latency import PACES, durations, pace_of
from providers.simulator.orders import slug_of
from providers.simulator.pictures import PictureKind, Pictures, PictureSpec, Sources, UnreadablePicture

SPEC = PictureSpec(slug="z-image-turbo", prompt="a paper boat in rain", seed=7, width_px=320, height_px=200)


def drawn(kind: PictureKind, *specs: PictureSpec) -> list[bytes]:
    async def draw() -> list[bytes]:
        pictures = Pictures(kind)
        try:
            return [(await pictures.get(spec)).content for spec in specs]
        finally:
            pictures.close()

    return asyncio.run(draw())


@pytest.mark.parametrize("kind", ["plain", "painted"])
def test_a_picture_follows_model_prompt_seed_and_size_and_nothing_else(kind: PictureKind) -> None:
    others = [
        replace(SPEC, slug="cobalt-xl"),
        replace(SPEC, prompt="a kite"),
        replace(SPEC, seed=8),
        replace(SPEC, width_px=321),
    ]
    assert len(set(drawn(kind, SPEC, *others))) == 5
    assert drawn(kind, SPEC) == drawn(kind, SPEC)


@pytest.mark.parametrize("kind", ["plain", "painted"])
@pytest.mark.parametrize("picture_format", ["png", "jpeg", "webp"])
def test_pictures_have_the_format_and_size_ordered(kind: PictureKind, picture_format: str) -> None:
    (content,) = drawn(kind, replace(SPEC, format=picture_format, width_px=701, height_px=433))
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.size) == (picture_format.upper(), (701, 433))
    image.load()


@pytest.mark.parametrize("kind", ["plain", "painted"])
def test_an_edit_shows_its_source_altered(kind: PictureKind) -> None:
    (source,) = drawn("painted", SPEC)
    (content,) = drawn(kind, replace(SPEC, prompt="make it night", source=Sources().take(source)))
    changed = ImageChops.difference(
        Image.open(io.BytesIO(content)).convert("RGB"), Image.open(io.BytesIO(source)).convert("RGB")
    )
    assert sum(changed.convert("L").histogram()[24:]) > 0.1 * 320 * 200


def test_the_name_of_a_model_is_found_in_every_providers_spelling() -> None:
    spelled = [
        "fal-ai/z-image/turbo",
        "fal-ai/z-image/turbo/image-to-image",
        "prunaai/z-image-turbo:4f2a",
        "z-image-turbo",
    ]
    assert {slug_of(model) for model in spelled} == {"z-image-turbo"}
    assert slug_of("demo/cobalt-xl/edit") == "cobalt-xl"


def test_latencies_are_the_same_for_a_seed_and_spread_as_their_pace_says() -> None:
    assert durations(1, "fal", "m", 5) == durations(1, "fal", "m", 5) != durations(2, "fal", "m", 5)
    for provider in PACES:
        runs = sorted(durations(0, provider, "cobalt-xl", nth)[1] for nth in range(1000))
        pace = pace_of(provider, "cobalt-xl")
        assert runs[500] == pytest.approx(pace.median_s, rel=0.12)
        assert runs[950] == pytest.approx(pace.p95_s, rel=0.25)


def test_sources_are_kept_once_and_the_oldest_make_room() -> None:
    first, second = (content for content in drawn("plain", SPEC, replace(SPEC, seed=8)))
    sources = Sources(most_bytes=len(second) + 1)
    kept = sources.take(first)
    assert sources.take(bytes(first)) is kept
    assert kept.size == (320, 200)
    assert sources.take(second).content == second
    with pytest.raises(UnreadablePicture, match="no longer"):
        _ = kept.content
