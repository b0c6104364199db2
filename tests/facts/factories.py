"""Catalogue rows for tests of facts and pages; each call states only what matters."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from providers.models import (
    Creator,
    Endpoint,
    EndpointParameter,
    ImageModel,
    ModelAlias,
    PriceComponent,
    Provider,
    ReportedPerformance,
    ReportedStanding,
)

REPORT = {"source": "cards.example", "reported_on": date(2026, 11, 1)}
SHARED = Path(__file__).resolve().parents[3] / "shared"


def seed_card() -> Path:
    """The reference model card that lies beside the repository; absent, the test is skipped except under CI."""
    card = SHARED / "seeds" / "z-image-turbo.llms.txt"
    if not card.exists():
        assert not os.environ.get("CI"), f"{card} is missing"
        pytest.skip("the reference model card is not beside the repository")
    return card


def make_creator(slug="acme", **changes):
    return Creator.objects.get_or_create(slug=slug, defaults={"name": slug.title(), **changes})[0]


def make_model(slug="lantern", creator="acme", aliases=(), **changes):
    values = {"name": slug.replace("-", " ").title(), "modes": ["text-to-image"], **changes}
    model = ImageModel.objects.create(slug=slug, creator=make_creator(creator), **values)
    for position, alias in enumerate(aliases):
        ModelAlias.objects.create(model=model, slug=alias, position=position)
    return model


def make_provider(slug="fal", **changes):
    return Provider.objects.get_or_create(slug=slug, defaults={"name": slug.title(), **changes})[0]


def make_endpoint(model, provider="fal", name="", per_image=None, **changes):
    values = {"modes": model.modes, "provider_model_id": model.slug, **changes}
    key = f"{provider}/{name or model.slug}"
    endpoint = Endpoint.objects.create(key=key, model=model, provider=make_provider(provider), **values)
    if per_image is not None:
        make_price(endpoint, amount_usd=Decimal(per_image))
    return endpoint


def make_price(endpoint, metric="image", **changes):
    return PriceComponent.objects.create(endpoint=endpoint, metric=metric, **changes)


def make_native_parameter(endpoint, name, **changes):
    return EndpointParameter.objects.create(endpoint=endpoint, name=name, **changes)


def make_reported_performance(model, provider="fal", **changes):
    values = {**REPORT, "p50_ms": 2000, "requests": 20, "success_percent": Decimal("95.0"), **changes}
    return ReportedPerformance.objects.create(model=model, provider=make_provider(provider), **values)


def make_reported_standing(model, title="Red Fox", **changes):
    values = {"kind": "competition", "rating": 1100, "wins": 3, "losses": 2, "ties": 1, "rank": 2, "ranked_models": 9}
    return ReportedStanding.objects.create(model=model, title=title, **{**REPORT, **values, **changes})
