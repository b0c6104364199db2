"""What a reader may have meant by a slug that does not exist. Only asked when a page was not found."""

from difflib import get_close_matches

from arena.models.competitions import public_models
from providers.models import Provider, SlugClaim

MOST_COMPARED = 5000


def near_models(slug: str, most: int = 3) -> list[tuple[str, str]]:
    """Slugs or aliases like this one, best first, each with the path of its model."""
    claims = SlugClaim.objects.filter(model__in=public_models()).select_related("model__creator")
    claims = claims.order_by("slug")[:MOST_COMPARED]
    paths = {claim.slug: claim.model.get_absolute_url() for claim in claims}
    return [(near, paths[near]) for near in _near(slug, list(paths), most)]


def near_providers(slug: str, most: int = 3) -> list[tuple[str, str]]:
    """Provider slugs like this one, each with its path."""
    slugs = list(Provider.objects.order_by("slug").values_list("slug", flat=True)[:MOST_COMPARED])
    return [(near, f"/providers/{near}") for near in _near(slug, slugs, most)]


def _near(slug: str, known: list[str], most: int) -> list[str]:
    begun = slug.lower()[:120]
    beginning = [name for name in known if begun and name.startswith(begun)]
    return list(dict.fromkeys([*get_close_matches(begun, known, n=most, cutoff=0.6), *beginning]))[:most]
