"""Compare the prices of a catalogue file or a model card with the rows; and the rows' own prices that need a look."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from providers.catalogue.card import read_card
from providers.catalogue.files import SUFFIXES, read_sheet
from providers.catalogue.rows import endpoint_sheet
from providers.models import Endpoint, PriceComponent
from providers.pricing.drift import PriceComparison, compare_prices
from providers.sheet import EndpointSheet

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
