"""What every picture of one competition is served as: one frame, one length in bytes. Read side.

So neither the markup's dimensions nor a download's size tell the entries of a competition apart.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, QuerySet

from arena.cache import TtlCache
from arena.models import Entry

STEP_BYTES: Final = 64 * 1024
MOST_PADDED_BYTES: Final = 4 * 1024 * 1024
SQUARE: Final = (1024, 1024)


@dataclass(frozen=True)
class ImageFrame:
    """The most frequent size of a competition's pictures, and the length their files are filled up to."""

    width_px: int
    height_px: int
    padded_bytes: int

    @property
    def shape(self) -> str:
        """wide, tall or square, for the layout."""
        ratio = self.width_px / self.height_px
        return "wide" if ratio > 1.15 else "tall" if ratio < 0.87 else "square"

    def fill(self, picture: bytes) -> bytes:
        """Zeros after the end of a WebP file are ignored by every decoder; a larger file is filled to whole steps."""
        return picture + bytes(max(self.padded_bytes, _up(len(picture))) - len(picture))


_frames: TtlCache[ImageFrame] = TtlCache(seconds=60, most=1000)


def frame_for(competition_id: int) -> ImageFrame:
    """Over all its pictured entries, live or not."""
    images = Entry.objects.filter(competition=competition_id, image__isnull=False)
    return _frames.get(competition_id, lambda: common_frame(images))


def invalidate_frames() -> None:
    """For who has just changed the pictures."""
    _frames.clear()


def common_frame(images: QuerySet[Any]) -> ImageFrame:
    """Of rows with an `image`."""
    largest = images.aggregate(most=Max("image__size_bytes"))["most"] or 0
    common = images.values("image__width_px", "image__height_px").annotate(n=Count("id")).order_by("-n").first()
    width, height = (common["image__width_px"], common["image__height_px"]) if common else SQUARE
    return ImageFrame(width, height, _up(min(largest, MOST_PADDED_BYTES)))


def _up(size: int) -> int:
    return -(-size // STEP_BYTES) * STEP_BYTES
