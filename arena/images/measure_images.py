"""Measures the looks of pictures that were stored before looks were measured, in the child that decodes."""

import logging
from typing import Final

from django.db.models import Exists, OuterRef

from arena.images.intake.refusals import DecoderBroken, ImageRefused
from arena.images.intake.take_in import take_in
from arena.models import Entry, StoredImage

LOG = logging.getLogger(__name__)
AT_ONCE: Final = 200


def measure_images(most: int = AT_ONCE) -> int:
    """Of entries' pictures, at most so many; how many were measured. One that cannot be read is logged and left."""
    unmeasured = StoredImage.objects.filter(Exists(Entry.objects.filter(image=OuterRef("pk"))), sharpness=None)
    measured = 0
    # in no order, so that those that cannot be read are in nobody's way
    for picture in unmeasured.order_by("?")[:most]:
        try:
            with picture.file.open("rb") as file:
                looks = take_in(file.read()).looks
        except (OSError, ImageRefused, DecoderBroken) as error:
            LOG.warning("picture %s could not be measured: %s", picture, error)
            continue
        if looks:
            measured += StoredImage.objects.filter(pk=picture.pk).update(**vars(looks))
    return measured
