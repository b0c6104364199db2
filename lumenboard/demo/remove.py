"""Takes the demo world out again and leaves everything else as it is."""

from django.db import transaction

from arena.models import Category, Competition, StoredImage
from providers.models import Creator, ImageModel, Provider


@transaction.atomic
def remove_demo() -> dict[str, int]:
    """Counts of what was removed, by kind. Creators and providers stay where others have come to use them."""
    competitions = Competition.objects.filter(is_demo=True)
    pictures = set(competitions.values_list("entries__image", flat=True)) | set(
        competitions.values_list("source_image", flat=True)
    )
    removed = {"competitions": competitions.count()}
    competitions.delete()
    Category.objects.filter(is_demo=True, competitions__isnull=True).delete()
    models = ImageModel.objects.filter(is_demo=True, entries__isnull=True)
    removed["models"] = models.count()
    models.delete()
    Creator.objects.filter(is_demo=True, models__isnull=True).delete()
    Provider.objects.filter(is_demo=True, endpoints__isnull=True).delete()
    removed["pictures"] = _forget_pictures(pictures)
    return removed


def _forget_pictures(candidates: set[int | None]) -> int:
    unused = StoredImage.objects.filter(pk__in=candidates - {None}, entries__isnull=True)
    files = [name for row in unused for name in (row.file, row.thumbnail) if name]
    count = unused.count()
    unused.delete()
    transaction.on_commit(lambda: [file.storage.delete(file.name) for file in files] and None)
    return count
