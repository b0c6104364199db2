"""What the endpoints of a board are called: by provider, and by their key too where one provider has several."""

from collections import Counter
from dataclasses import dataclass

from arena.models import ParityEndpoint
from providers.models import Provider


@dataclass(frozen=True)
class NamedEndpoint:
    """`name` tells it apart from the others of its board; `url` leads to the provider, empty where it is gone."""

    key: str
    name: str
    provider: str
    provider_slug: str
    url: str


def provider_names(board_id: int) -> dict[int, NamedEndpoint]:
    """By id of the ParityEndpoint, in the order of keys. Two queries."""
    rows = list(ParityEndpoint.objects.filter(board=board_id).order_by("key").values_list("pk", "key"))
    slugs = {key.partition("/")[0] for _, key in rows}
    names = dict(Provider.objects.filter(slug__in=slugs).values_list("slug", "name"))
    several = Counter(key.partition("/")[0] for _, key in rows)
    return {pk: _named(key, names, several) for pk, key in rows}


def _named(key: str, names: dict[str, str], several: Counter[str]) -> NamedEndpoint:
    slug = key.partition("/")[0]
    provider = names.get(slug, slug)
    name = f"{provider} ({key})" if several[slug] > 1 else provider
    return NamedEndpoint(key, name, provider, slug, f"/providers/{slug}" if slug in names else "")
