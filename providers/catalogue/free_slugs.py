"""Slugs for models that come with a name alone. Read side: a slug that is free now may be taken a moment later."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from django.utils.text import slugify

from providers.models import SlugClaim
from providers.names import LONGEST_MODEL_SLUG, is_misread

NUMBER_LENGTH: Final = 8


def free_slugs(names: Iterable[str]) -> dict[str, str]:
    """A slug for each name that no model or alias has: the plain form, or that with the first free number."""
    plain = {name: _plain_slug(name) for name in names}
    stems = tuple({slug[: LONGEST_MODEL_SLUG - NUMBER_LENGTH] for slug in plain.values()})
    taken = {slug for slug in SlugClaim.objects.values_list("slug", flat=True) if slug.startswith(stems)}
    chosen = {}
    for name, slug in plain.items():
        chosen[name] = next(free for free in _numbered(slug) if free not in taken)
        taken.add(chosen[name])
    return chosen


def _plain_slug(name: str) -> str:
    """Never one that readers of tables take for a number, or for nothing."""
    slug = slugify(name)[:LONGEST_MODEL_SLUG]
    if not slug:
        return f"model-{sha256(name.encode()).hexdigest()[:8]}"
    return f"model-{slug}"[:LONGEST_MODEL_SLUG] if is_misread(slug) else slug


def _numbered(slug: str) -> Iterable[str]:
    yield slug
    stem = slug[: LONGEST_MODEL_SLUG - NUMBER_LENGTH].rstrip("-")
    for number in range(2, 10 ** (NUMBER_LENGTH - 1)):
        yield f"{stem}-{number}"
