"""What a batch of sheets claims against the rest of the catalogue: slugs, names, endpoint keys, providers it names.

Also says which creators, families and providers the batch brings or renames, and where two sources disagree on a price.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import PurePath
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from providers.catalogue.card import read_card
from providers.catalogue.diff import Change
from providers.catalogue.errors import ConflictError
from providers.catalogue.files import SUFFIXES, read_sheet
from providers.catalogue.rows import endpoint_sheet
from providers.models import Creator, Endpoint, Family, ImageModel, PriceComponent, Provider, SlugClaim
from providers.pricing.drift import PriceComparison, compare_prices
from providers.sheet import EndpointSheet, ModelSheet, Named


def refuse_conflicts(sheets: Sequence[ModelSheet]) -> None:
    """Raise ConflictError with every claim that cannot be met; the models of the batch may trade with each other."""
    conflicts = [*_slug_conflicts(sheets), *_key_conflicts(sheets), *_name_conflicts(sheets)]
    conflicts += [*_renamed_twice(sheets), *_unknown_providers(sheets)]
    if conflicts:
        raise ConflictError("\n".join(conflicts))


def _slug_conflicts(sheets: Sequence[ModelSheet]) -> Iterator[str]:
    claims = [(slug, sheet.slug) for sheet in sheets for slug in (sheet.slug, *sheet.aliases)]
    claimed, others = _claimed(claims)
    for slug, model in others:
        yield f"{model}: the slug {slug!r} is also claimed by {claimed[slug]} in this import"
    for slug, times in Counter(sheet.slug for sheet in sheets).items():
        if times > 1:
            yield f"{slug}: the model appears more than once in this import"
    taken = SlugClaim.objects.filter(slug__in=claimed).exclude(model__slug__in=[sheet.slug for sheet in sheets])
    for slug, owner in taken.order_by("slug").values_list("slug", "model__slug"):
        yield f"{claimed[slug]}: the slug {slug!r} already names the model {owner}; allowed: one that is free"


def _key_conflicts(sheets: Sequence[ModelSheet]) -> Iterator[str]:
    claimed, others = _claimed((endpoint.key, sheet.slug) for sheet in sheets for endpoint in sheet.endpoints)
    for key, model in others:
        yield f"{model}: the endpoint {key} is also claimed by {claimed[key]}"
    taken = Endpoint.objects.filter(key__in=claimed).exclude(model__slug__in=[sheet.slug for sheet in sheets])
    for key, owner in taken.order_by("key").values_list("key", "model__slug"):
        yield f"{claimed[key]}: the endpoint {key} belongs to the model {owner}; allowed: a key of its own"


def _claimed(claims: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Which model claims what first, and the claims of others."""
    claimed: dict[str, str] = {}
    others = [(what, model) for what, model in claims if claimed.setdefault(what, model) != model]
    return claimed, others


def _name_conflicts(sheets: Sequence[ModelSheet]) -> Iterator[str]:
    claimed: dict[tuple[str, str], str] = {}
    wanted = Q(pk__in=[])
    for sheet in sheets:
        name = (sheet.creator.slug, sheet.name)
        if claimed.setdefault(name, sheet.slug) != sheet.slug:
            yield f"{sheet.slug}: {sheet.creator.name} already has a model {sheet.name!r}, {claimed[name]}"
        wanted |= Q(creator__slug=sheet.creator.slug, name=sheet.name)
    batch = {sheet.slug for sheet in sheets}
    for model in ImageModel.objects.filter(wanted).exclude(slug__in=batch).select_related("creator"):
        slug = claimed[(model.creator.slug, model.name)]
        yield f"{slug}: {model.creator.name} already has a model {model.name!r}, {model.slug}; allowed: another"


def _renamed_twice(sheets: Sequence[ModelSheet]) -> Iterator[str]:
    for word, pairs in (
        ("creator", dict.fromkeys(sheet.creator for sheet in sheets)),
        ("provider", _providers(sheets)),
    ):
        names: dict[str, str] = {}
        for named in pairs:
            if names.setdefault(named.slug, named.name) != named.name:
                yield f"{word} {named.slug}: called {names[named.slug]!r} and {named.name!r}; allowed: one name"


def _unknown_providers(sheets: Sequence[ModelSheet]) -> Iterator[str]:
    brought = {named.slug for named in _providers(sheets)}
    named = {(sheet.slug, slug) for sheet in sheets for slug in _mentioned_providers(sheet) if slug not in brought}
    if not named:
        return
    known = set(Provider.objects.values_list("slug", flat=True))
    for model, slug in sorted(named):
        if slug not in known:
            listed = ", ".join(sorted(known | brought)) or "none yet"
            yield f"{model}: no provider {slug!r} for a parameter or a reported figure; the providers are {listed}"


def _mentioned_providers(sheet: ModelSheet) -> Iterator[str]:
    yield from (parameter.only_through for parameter in sheet.parameters if parameter.only_through)
    yield from (row.provider for row in (sheet.reported.performance if sheet.reported else ()))


def _providers(sheets: Iterable[ModelSheet]) -> list[Named]:
    return list(dict.fromkeys(endpoint.provider for sheet in sheets for endpoint in sheet.endpoints))


def shared_changes(sheets: Sequence[ModelSheet]) -> list[list[Change]]:
    """Per sheet, the creators, families and providers it is the first to bring or rename."""
    creators = dict(Creator.objects.values_list("slug", "name"))
    providers = dict(Provider.objects.values_list("slug", "name"))
    families = {f"{c}/{f}": name for c, f, name in Family.objects.values_list("creator__slug", "slug", "name")}
    changes: list[list[Change]] = []
    for sheet in sheets:
        lines = _named_changes("creator", [sheet.creator], creators)
        if sheet.family:
            full = Named(slug=f"{sheet.creator.slug}/{sheet.family.slug}", name=sheet.family.name)
            lines += _named_changes("family", [full], families)
        changes.append([*lines, *_named_changes("provider", _providers([sheet]), providers)])
    return changes


def _named_changes(word: str, pairs: Iterable[Named], known: dict[str, str]) -> list[Change]:
    changes = []
    for named in pairs:
        if named.slug not in known:
            changes.append(Change("create", f"{word} {named.slug} ({named.name})"))
        elif known[named.slug] != named.name:
            changes.append(Change("change", f"{word} {named.slug}, name", known[named.slug], named.name))
        known[named.slug] = named.name
    return changes


CHECKED_WITHIN: Final = timedelta(days=90)


def compare_document(text: str, name: str) -> PriceComparison:
    """`name` tells a catalogue file (.toml, .json) from a card. Raises CatalogueError or CardError."""
    theirs = _endpoints(text, name)
    rows = Endpoint.objects.filter(key__in=[one.key for one in theirs])
    ours = {
        row.key: endpoint_sheet(row) for row in rows.select_related("provider").prefetch_related("prices", "parameters")
    }
    return compare_prices(theirs, ours, timezone.now())


def prices_to_check() -> QuerySet[PriceComponent]:
    """Open prices whose source states no condition, or that nobody has checked for 90 days; unstated ones first."""
    now = timezone.now()
    old = Q(verified_on__isnull=True) | Q(verified_on__lt=(now - CHECKED_WITHIN).date())
    rows = PriceComponent.objects.filter(Q(condition_stated=False) | old, endpoint__is_enabled=True)
    return (
        rows.exclude(valid_to__lte=now)
        .select_related("endpoint__model__creator")
        .order_by("condition_stated", "verified_on", "endpoint__key", "position")
    )


def _endpoints(text: str, name: str) -> tuple[EndpointSheet, ...]:
    suffix = PurePath(name).suffix
    if suffix in SUFFIXES:
        return read_sheet(text, origin=name, is_json=suffix == ".json").endpoints
    return read_card(text).sheet.endpoints
