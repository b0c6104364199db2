"""Sheets and rows for catalogue tests; each states only what matters."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from providers.catalogue.exchange import import_sheets
from providers.catalogue.files import read_sheet
from providers.catalogue.rows import read_sheets
from providers.models import Endpoint, ImageModel
from providers.sheet import EndpointSheet, ModelSheet, Named, PriceSheet

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "lumenboard/demo/catalogue"
EXAMPLE = re.findall(r"^```toml\n(.*?)^```$", (ROOT / "docs/catalogue.md").read_text(), re.MULTILINE | re.DOTALL)[0]


def make_endpoint_sheet(key: str = "fal/heron", **values) -> EndpointSheet:
    slug = key.partition("/")[0]
    provider = Named(slug=slug, name={"fal": "fal.ai"}.get(slug, slug.title()))
    return EndpointSheet(**{"key": key, "provider": provider, "provider_model_id": key, "modes": (), **values})


def make_price(amount: str = "0.01", metric: str = "image", **values) -> PriceSheet:
    return PriceSheet(metric=metric, amount_usd=Decimal(amount), **values)


def make_sheet(slug: str = "heron", **values) -> ModelSheet:
    maker = Named(slug="marsh-labs", name="Marsh Labs")
    return ModelSheet(**{"slug": slug, "name": slug.title(), "creator": maker, **values})


def full_sheet(**values) -> ModelSheet:
    """The documentation's example, which has something of everything."""
    return replace(read_sheet(EXAMPLE, origin="docs/catalogue.md"), **values)


def store(*sheets: ModelSheet) -> list[ImageModel]:
    import_sheets(sheets)
    return [ImageModel.objects.get(slug=sheet.slug) for sheet in sheets]


def stored(slug: str) -> ModelSheet:
    """What the rows say of a model."""
    return read_sheets([slug])[slug]


def make_priced_endpoint(*prices: PriceSheet) -> Endpoint:
    store(make_sheet(endpoints=(make_endpoint_sheet(prices=prices),)))
    return Endpoint.objects.get()
