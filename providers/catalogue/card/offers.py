"""The Available Providers section: one block per endpoint with its key, prices, notes and source."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from providers.catalogue.card.errors import CardError
from providers.catalogue.card.items import Labelled, blocks, labelled
from providers.catalogue.card.outline import PROVIDERS, Section
from providers.modes import DIRECTIONS, IMAGE_EDIT, METRICS, TEXT_TO_IMAGE
from providers.names import shown
from providers.pricing.choice import OR
from providers.sheet import EndpointSheet, Json, Named, PriceSheet

PRICE: Final = re.compile(
    r"\$(?P<amount>\d{1,9}(?:\.\d{1,9})?)/(?:(?P<size>\d{1,12}(?:\.\d{1,6})?) )?(?P<metric>[a-z]+?)s?"
    r"(?: \((?P<detail>[^()]*)\))?",
    re.ASCII,
)
EDIT_ENDINGS: Final = ("edit", "edits", "image-to-image", "img2img")


def read_offers(section: Section, supported: tuple[str, ...]) -> tuple[EndpointSheet, ...]:
    """Every endpoint in order.

    The card does not state an endpoint's mode. A config key or provider model id that ends in edit or image-to-image
    means image-edit, anything else text-to-image; a mode the model does not support gives way to those it does.
    """
    _, found = blocks(section)
    endpoints: dict[str, EndpointSheet] = {}
    names: dict[str, str] = {}
    for block in found:
        endpoint = _endpoint(block.title, labelled(PROVIDERS, block.items, block.title), supported)
        if endpoint.key in endpoints:
            raise CardError(
                PROVIDERS, f"{block.title}, Config Key", f"{shown(endpoint.key)} appears twice; expected once"
            )
        if names.setdefault(endpoint.provider.slug, block.title) != block.title:
            raise CardError(
                PROVIDERS,
                f"{block.title}, Config Key",
                f"the provider {endpoint.provider.slug} is called {shown(names[endpoint.provider.slug])} further up",
            )
        endpoints[endpoint.key] = endpoint
    return tuple(endpoints.values())


def _endpoint(name: str, lines: Labelled, supported: tuple[str, ...]) -> EndpointSheet:
    key = lines.one("Config Key")
    provider, slash, rest = key.partition("/")
    if not (provider and slash and rest) or " " in key:
        raise CardError(PROVIDERS, f"{name}, Config Key", f"expected provider/name without spaces, found {shown(key)}")
    model_id = lines.one("Provider Model ID")
    return EndpointSheet(
        key=key,
        provider=Named(slug=provider, name=name),
        provider_model_id=model_id,
        modes=_modes(key, model_id, supported),
        source_url=lines.maybe("Source"),
        notes=lines.all("Note"),
        prices=_prices(name, lines.maybe("Pricing")),
    )


def _modes(key: str, model_id: str, supported: tuple[str, ...]) -> tuple[str, ...]:
    likely = IMAGE_EDIT if any(text.endswith(EDIT_ENDINGS) for text in (key, model_id)) else TEXT_TO_IMAGE
    return (likely,) if likely in supported or not supported else supported


def _prices(name: str, text: str) -> tuple[PriceSheet, ...]:
    if not text:
        return ()
    found = tuple(_price(name, part) for part in re.split(r", (?=\$)", text))
    kinds = [(price.metric, price.direction, str(price.conditions)) for price in found]
    return tuple(
        replace(price, condition_stated=kinds.count(kind) == 1) for price, kind in zip(found, kinds, strict=True)
    )


def _price(name: str, text: str) -> PriceSheet:
    match = PRICE.fullmatch(text)
    if not match or match["metric"] not in METRICS or Decimal(match["size"] or 1) <= 0:
        raise CardError(
            PROVIDERS,
            f"{name}, Pricing",
            f"expected prices like '$0.0050/megapixel, $0.03/image' per {', '.join(METRICS)}, found {shown(text)}",
        )
    direction, conditions = _detail(name, match["detail"] or "")
    return PriceSheet(
        metric=match["metric"],
        amount_usd=Decimal(match["amount"]),
        unit_size=Decimal(match["size"] or 1),
        direction=direction,
        conditions=conditions,
    )


def _detail(name: str, text: str) -> tuple[str, dict[str, Json]]:
    """In parentheses behind a price, by semicolons: a direction, conditions as `name=value` or `name=a or b`."""
    direction, conditions = "output", dict[str, Json]()
    for part in (part.strip() for part in text.split(";") if part.strip()):
        key, equals, value = part.partition("=")
        if equals and key and value:
            found: list[Json] = list(value.split(OR))
            conditions[key] = found if len(found) > 1 else value
        elif part in DIRECTIONS:
            direction = part
        else:
            raise CardError(PROVIDERS, f"{name}, Pricing", f"expected input, output or name=value, found {shown(part)}")
    return direction, conditions
