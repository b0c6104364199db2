"""Opens and closes competitions, shows and retires entries: what an operator does to many at once."""

from collections.abc import Collection

from arena.models import Competition, Entry


def open_competitions(competition_ids: Collection[int]) -> int:
    """Let people vote; how many were not open before."""
    return Competition.objects.filter(id__in=competition_ids).exclude(status="open").update(status="open")


def close_competitions(competition_ids: Collection[int]) -> int:
    """End voting and keep what was voted; how many were not closed before."""
    return Competition.objects.filter(id__in=competition_ids).exclude(status="closed").update(status="closed")


def show_entries(entry_ids: Collection[int]) -> int:
    """Let entries be drawn; those without an image stay as they are. How many changed."""
    shown = Entry.objects.filter(id__in=entry_ids, image__isnull=False)
    return shown.exclude(status="live").update(status="live")


def retire_entries(entry_ids: Collection[int]) -> int:
    """Draw them no more and keep their record; how many changed."""
    return Entry.objects.filter(id__in=entry_ids).exclude(status="retired").update(status="retired")
