"""Pictures drawn by code: the same everywhere, different per model, prompt and quality."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from providers.simulator.painting import PALETTES, Medium, Style, paint, style_of
from providers.simulator.painting.brief import LANDSCAPES, brief_of
from providers.simulator.painting.scenes import DRAWERS
from providers.simulator.painting.scenes.edits import sky_of
from providers.simulator.painting.scenes.portrait import find_head

PROMPTS = {
    "menu": "A modern, clean restaurant menu",
    "emblem": "A vintage café logo",
    "hero": "A heroic superhero portrait",
    "knight": "A fantasy warrior in ornate armour",
    "meadow": "Adorable baby animals in a sunny meadow",
    "still": "A geometric composition of a glass cube, a sphere and a red book",
    "greenhouse": "A Victorian greenhouse full of palms",
    "street": "A candid street photograph of an old man with a red bicycle in the rain",
    "diorama": "An isometric miniature diorama",
    "portrait": "A studio portrait of a woman",
    "hair": "A photograph of a bald man",
    "lake": "A quiet lake",
    "mountains": "Alpine peaks",
    "city": "A city skyline",
    "desert": "Dunes of the Sahara",
    "forest": "A forest in mist",
    "harbour": "A harbour with boats",
}


def make_style(**changes):
    values = {"medium": Medium.PHOTO, "palette": "azure", "detail": 0.6, "coherence": 0.95} | changes
    return Style(**values)


def make_picture(prompt="A quiet lake", *, seed=1, size=(96, 96), source=None, **style):
    return paint(prompt, style=make_style(**style), seed=seed, width_px=size[0], height_px=size[1], source=source)


def digest(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


def difference(first, second):
    """Mean absolute difference per channel, 0..255."""
    return float(np.abs(np.asarray(first, np.float64) - np.asarray(second, np.float64)).mean())


@pytest.mark.parametrize("medium", list(Medium))
def test_the_same_request_gives_the_same_pixels(medium):
    assert digest(make_picture(medium=medium)) == digest(make_picture(medium=medium))


def test_the_global_generator_is_neither_read_nor_moved():
    np.random.seed(5)
    expected, state = digest(make_picture()), np.random.get_state()[1].copy()
    np.random.seed(6)
    assert digest(make_picture()) == expected
    np.random.seed(5)
    make_picture()
    assert (np.random.get_state()[1] == state).all()


def test_two_models_paint_the_same_prompt_differently():
    first, second = (
        paint("A fantasy warrior", style=style_of(slug, 0.9), seed=1, width_px=96, height_px=96)
        for slug in ("aurora-xl", "brightmill-2")
    )
    assert difference(first, second) > 8


def test_two_hands_of_one_style_differ():
    assert difference(make_picture(hand=1), make_picture(hand=2)) > 3


def test_prompts_and_seeds_make_different_pictures():
    digests = {digest(make_picture(prompt, seed=seed)) for prompt in PROMPTS.values() for seed in (1, 2)}
    assert len(digests) == 2 * len(PROMPTS)


@pytest.mark.parametrize("size", [(96, 96), (160, 90), (90, 160), (33, 47), (1, 1), (300, 7)])
def test_the_size_asked_for_is_honoured(size):
    image = make_picture(size=size)
    assert image.size == size
    assert image.mode == "RGB"


def test_a_size_above_the_painting_limit_is_enlarged():
    assert make_picture(size=(1600, 1200)).size == (1600, 1200)


def test_an_empty_size_is_refused_by_name():
    with pytest.raises(ValueError, match="size: 0x96"):
        make_picture(size=(0, 96))


def test_quality_changes_the_picture_more_the_lower_it_is():
    best, middle, worst = (make_picture(coherence=c, size=(160, 160)) for c in (1.0, 0.5, 0.1))
    assert 1 < difference(best, middle) < difference(best, worst)


def test_every_prompt_finds_its_scene():
    assert {name: brief_of(prompt, 0.5, 0.5).scene for name, prompt in PROMPTS.items()} == {n: n for n in PROMPTS}
    assert set(PROMPTS) == set(DRAWERS)


def test_a_prompt_of_unknown_words_becomes_a_landscape():
    assert brief_of("zzz qqq", 0.5, 0.5).scene in LANDSCAPES
    assert make_picture("").size == (96, 96)


@pytest.mark.parametrize("scene", PROMPTS)
@pytest.mark.parametrize("coherence", [1.0, 0.0])
def test_every_scene_paints_at_a_small_size(scene, coherence):
    image = make_picture(PROMPTS[scene], coherence=coherence, size=(64, 48))
    assert np.asarray(image).std() > 10


def test_words_of_the_prompt_are_on_the_chalkboard():
    one, other = (
        make_picture(f'A chalkboard sign that reads "{text}"', size=(256, 256)) for text in ("Tea", "Fresh Coffee")
    )
    board = (slice(60, 200), slice(50, 190))
    assert difference(np.asarray(one)[board], np.asarray(other)[board]) > 4


def test_text_the_font_does_not_have_is_still_painted():
    assert make_picture('A logo that reads "Café 茶館"', size=(96, 96)).size == (96, 96)


@pytest.mark.parametrize("medium", [Medium.PHOTO, Medium.INK, Medium.PIXEL])
def test_a_night_edit_keeps_the_ground_and_darkens_the_sky(medium):
    source = make_picture("A city skyline", size=(192, 192))
    edited = make_picture("Turn the sky into a starry night sky", medium=medium, size=(192, 192), source=source)
    before, after = (np.asarray(image.convert("L"), float) for image in (source, edited))
    assert after[:40].mean() < before[:40].mean() * 0.6
    ground = (slice(120, 192), slice(None))
    assert np.corrcoef(before[ground].ravel(), after[ground].ravel())[0, 1] > 0.6


def test_hair_is_put_on_the_head_and_the_rest_stays():
    source = make_picture("A photograph of a bald man", size=(192, 192), palette="nordic")
    edited = make_picture("Give the bald man a full head of hair", size=(192, 192), source=source)
    change = np.abs(np.asarray(source, float) - np.asarray(edited, float)).mean(axis=2)
    assert change[20:70, 60:132].mean() > 3 * change[130:].mean()


@pytest.mark.parametrize("hand", range(4))
def test_the_head_of_a_painted_portrait_is_found(hand):
    image = make_picture("A photograph of a bald man", size=(192, 192), hand=hand, palette="nordic")
    found = find_head(np.asarray(image, np.float32) / 255)
    assert found is not None
    assert found[0] == pytest.approx(0.5, abs=0.08)
    assert found[2] == pytest.approx(0.44, abs=0.1)


def test_the_sky_ends_where_the_ground_begins():
    rng = np.random.default_rng(1)
    pixels = np.empty((200, 200, 3), np.float32)
    pixels[:90], pixels[90:] = (0.5, 0.7, 0.9), rng.random((110, 200, 3), np.float32) * 0.6
    sky = sky_of(pixels)
    assert sky[:80].min() > 0.9
    assert sky[100:].max() < 0.1


def test_an_edit_takes_any_source_size_and_mode():
    source = Image.new("RGBA", (40, 300), (90, 140, 220, 128))
    assert make_picture("Make it sunset", source=source, size=(120, 80)).size == (120, 80)


def test_a_model_keeps_its_style_whatever_its_quality():
    good, poor = style_of("aurora-xl", 0.9), style_of("aurora-xl", 0.2)
    assert (good.medium, good.palette, good.hand) == (poor.medium, poor.palette, poor.hand)
    assert (good.coherence, poor.coherence) == (0.9, 0.2)


def test_styles_spread_over_media_and_palettes():
    styles = [style_of(f"model-{i}", 0.5) for i in range(200)]
    assert {s.medium for s in styles} == set(Medium)
    assert {s.palette for s in styles} == set(PALETTES)


@pytest.mark.parametrize(
    ("field", "value"), [("palette", "mauve"), ("coherence", 1.2), ("detail", -0.1), ("temperature", 2)]
)
def test_a_style_out_of_range_is_refused_by_field(field, value):
    with pytest.raises(ValueError, match=field):
        make_style(**{field: value})
