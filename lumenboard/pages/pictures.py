"""An entry as the gallery shows it."""

from dataclasses import dataclass

from arena.models import Entry
from lumenboard.formatting import record


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What templates/components/gallery.html reads of one figure."""

    thumb_url: str
    url: str
    alt: str
    title: str
    title_url: str
    detail: str
    badge: str = ""
    prompt: str = ""
    external: bool = False


def picture_of(entry: Entry, rank: int | None = None) -> Picture | None:
    """None for an entry without an image, and for a retired one: its record stays, its picture does not."""
    if entry.image is None or entry.status == "retired":
        return None
    place = f"#{rank} · " if rank else ""
    return Picture(
        thumb_url=entry.image.thumbnail_url,
        url=entry.image.get_absolute_url(),
        alt=f"Entry of {entry.model.name}",
        title=entry.model.name,
        title_url=entry.model.get_absolute_url(),
        detail=f"{place}{record(entry)}",
        badge="preview" if entry.status == "held" else "simulated" if entry.simulated else "",
    )
