"""The sections of providers, a block per endpoint with key, prices, notes and source, and of parameters."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from providers.catalogue.card.errors import CardError
from providers.catalogue.card.outline import PARAMETERS, PROVIDERS, Section
from providers.catalogue.card.prose import Labelled, blocks, clean_description, labelled, modes, words
from providers.names import shown
from providers.pricing.choice import OR
from providers.sheet import (
    DIRECTIONS,
    IMAGE_EDIT,
    METRICS,
    PARAMETER_GROUPS,
    PARAMETER_TYPES,
    TEXT_TO_IMAGE,
    EndpointSheet,
    Json,
    Named,
    ParameterSheet,
    PriceSheet,
)

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


GROUPS: Final = {label: group for group, label in PARAMETER_GROUPS.items()}
LINE: Final = re.compile(r"- `(?P<name>[^`\s]+)` \((?P<type>[^)]*)\)(?P<required> — REQUIRED)?:\s*(?P<rest>.*)")
# Facts behind the description, read from the end of the line backwards.
TAIL: Final = ("Only available via", "Modes:", "Values:", "Default:")


def read_parameters(section: Section) -> tuple[ParameterSheet, ...]:
    """Every parameter in order. Raises CardError for an unknown group, type or mode and for a value of another type."""
    _, groups = blocks(section)
    found: dict[str, ParameterSheet] = {}
    for block in groups:
        if block.title not in GROUPS:
            raise CardError(PARAMETERS, shown(block.title), f"unknown group; known are {', '.join(GROUPS)}")
        for item in block.items:
            parameter = _parameter(GROUPS[block.title], item)
            if parameter.name in found:
                raise CardError(PARAMETERS, parameter.name, "the parameter appears twice; expected once")
            found[parameter.name] = parameter
    return tuple(found.values())


def _parameter(group: str, item: str) -> ParameterSheet:
    match = LINE.fullmatch(item)
    if not match:
        raise CardError(PARAMETERS, shown(item), "expected '- `name` (type): description' or '(type) — REQUIRED: …'")
    name, kind = match["name"], match["type"]
    if kind not in PARAMETER_TYPES:
        raise CardError(PARAMETERS, name, f"unknown type {shown(kind)}; known are {', '.join(PARAMETER_TYPES)}")
    description, facts = _split_tail(match["rest"])
    taken_in = modes(PARAMETERS, name, facts.get("Modes:", ""))
    return ParameterSheet(
        name=name,
        group=group,
        type=kind,
        description=clean_description(description),
        default=_typed(name, kind, facts["Default:"]) if "Default:" in facts else None,
        values=tuple(_typed(name, kind, value) for value in words(facts.get("Values:", ""))),
        modes=taken_in,
        required_modes=taken_in if match["required"] else (),
        only_through=facts.get("Only available via", ""),
    )


def _split_tail(rest: str) -> tuple[str, dict[str, str]]:
    """The description, and what follows it by label; a label counts at the start or after the end of a sentence."""
    facts: dict[str, str] = {}
    for label in TAIL:
        places = list(re.finditer(rf"(?:^|(?<=[.!?…] )){re.escape(label)} ", f"{rest} "))
        if places:
            facts[label] = rest[places[-1].end() :].strip().rstrip(".").rstrip()
            rest = rest[: places[-1].start()].strip()
    return rest, facts


def _typed(name: str, kind: str, text: str) -> Json:
    try:
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if kind == "integer":
            return _integer(text)
        if kind == "number":
            return _number(text)
    except (KeyError, ValueError):
        raise CardError(PARAMETERS, name, f"expected a value of type {kind}, found {shown(text)}") from None
    return text


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,30}", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> int | float:
    if not re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?", text, re.ASCII):
        raise ValueError(text)
    return float(text) if "." in text else int(text)
