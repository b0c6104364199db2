"""What a program sees in a picture: by plain arithmetic, once it is stored, and later for pictures of before."""

import numpy as np
import pytest
from django.core.files.base import ContentFile
from PIL import Image

from arena.images.handover import store_image
from arena.images.imaging import encode, measure
from arena.images.intake.take_in import take_in
from arena.images.measure_images import measure_images
from arena.models import StoredImage
from tests.arena.factories import make_competition, make_entry, make_image, make_model
from tests.intake.files import make_noise


def drawn(seed: int = 1, side: int = 64, amount: int = 60) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(100 - amount // 2, 101 + amount // 2, (side, side, 3)).astype(np.uint8))


def test_looks_are_those_of_plain_arithmetic() -> None:
    picture = drawn()
    found = measure(picture)
    colours = np.asarray(picture).astype(float)
    most, least = colours.max(axis=2), colours.min(axis=2)
    assert found.saturation == pytest.approx(((most - least) / most).mean(), abs=0.003)
    grey = np.asarray(picture.convert("L")).astype(float)
    assert found.contrast == pytest.approx(grey.std() / 255, abs=1e-6)
    middle = grey[1:-1, 1:-1]
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    assert found.sharpness == pytest.approx(np.clip(edges, -128, 127).std(), abs=1e-3)


def test_grey_has_no_saturation_flat_no_contrast_and_blurred_less_sharpness() -> None:
    flat = measure(Image.new("RGB", (40, 30), (90, 90, 90)))
    assert (flat.sharpness, flat.saturation, flat.contrast) == (0, 0, 0)
    assert measure(Image.new("RGB", (1, 1), (255, 0, 0))).saturation == 1
    picture = drawn()
    assert measure(picture.resize((32, 32)).resize((64, 64))).sharpness < measure(picture).sharpness / 2


def test_a_picture_taken_in_is_measured_and_keeps_it() -> None:
    taken = take_in(make_noise("PNG", (120, 80)))
    assert taken.looks is not None
    assert taken.looks.sharpness > 0


@pytest.mark.django_db
def test_stored_with_its_looks_and_older_ones_are_measured_later() -> None:
    encoded = encode(drawn())
    stored = store_image(encoded)
    assert (stored.sharpness, stored.contrast) == (encoded.looks.sharpness, encoded.looks.contrast)
    make_entry(make_competition(), make_model(), image=stored)
    assert measure_images() == 0
    StoredImage.objects.update(sharpness=None, saturation=None, contrast=None)
    # one whose file is gone is in nobody's way
    make_entry(make_competition(), make_model(), image=make_image())
    assert measure_images() == 1
    stored.refresh_from_db()
    assert stored.contrast == pytest.approx(encoded.looks.contrast, rel=0.1)
    assert measure_images() == 0
    stored.file.save(stored.file.name, ContentFile(b"no picture"), save=False)
    StoredImage.objects.filter(pk=stored.pk).update(sharpness=None)
    assert measure_images() == 0
