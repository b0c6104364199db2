"""Measures the looks of pictures that were stored before looks were measured, in the child that decodes."""

import logging
from typing import Final

from django.db.models import Exists, F, OuterRef

from arena.images.intake.refusals import DecoderBroken, ImageRefused
from arena.images.intake.take_in import take_in
from arena.models import Entry, StoredImage
from arena.models.competitions import MOST_MEASURE_FAILURES

LOG = logging.getLogger(__name__)
AT_ONCE: Final = 200


def measure_images(most: int = AT_ONCE) -> int:
    """Of entries' pictures, at most so many; how many were measured. One that cannot be read is logged and left."""
    unmeasured = StoredImage.objects.filter(Exists(Entry.objects.filter(image=OuterRef("pk"))), sharpness=None)
    measured = 0
    # those that cannot be read are in nobody's way, and come last: their file may be back
    for picture in unmeasured.order_by("measure_failures", "?")[:most]:
        try:
            with picture.file.open("rb") as file:
                looks = take_in(file.read()).looks
        except (OSError, ImageRefused, DecoderBroken) as error:
            LOG.warning("picture %s could not be measured: %s", picture, error)
            _count_failure(picture)
            continue
        if looks:
            measured += StoredImage.objects.filter(pk=picture.pk).update(**vars(looks))
    return measured


def _count_failure(picture: StoredImage) -> None:
    again = StoredImage.objects.filter(pk=picture.pk, measure_failures__lt=MOST_MEASURE_FAILURES)
    again.update(measure_failures=F("measure_failures") + 1)
