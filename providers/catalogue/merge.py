"""How a card's sheet meets the rows: a catalogue file speaks of everything, a card only of what its form can say.

Kept: what the card leaves out, aliases (it adds, never removes), release date, other names, endpoints it does not list,
modes and native parameters of endpoints, price details, and texts that would be printed just the same.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

from providers.catalogue.card import SITE_PLACEHOLDER, CardReading
from providers.catalogue.card.prose import clean_description, flat
from providers.sheet import (
    CuratedImageSheet,
    EndpointSheet,
    Json,
    ModelSheet,
    Named,
    ParameterSheet,
    PriceSheet,
    ReportedSheet,
)

CUT_MARK = "..."


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """Names the rows already have: creators' slugs by name, families' names by creator's and own slug."""

    creators: Mapping[str, str] = field(default_factory=dict)
    families: Mapping[tuple[str, str], str] = field(default_factory=dict)


def merge_card(
    reading: CardReading, sheet: ModelSheet, current: ModelSheet | None, known: KnownNames, site_name: str
) -> ModelSheet:
    """The sheet to plan: what the card (`sheet`, with its report) says, over what the rows hold (`current`)."""
    sheet = _with_known_names(sheet, current, known)
    if current is None:
        return sheet
    values = {f.name: getattr(current, f.name) for f in fields(ModelSheet) if f.name not in reading.spoken}
    values["reported"] = _reported(sheet.reported, current.reported)
    values["aliases"] = tuple(dict.fromkeys((*current.aliases, *sheet.aliases)))
    if sheet.status != "deprecated":
        values |= {"sunset_on": None, "successor": ""}
    alike = _Alike(site_name)
    for name in {"tagline", "about", "example_prompt"} & reading.spoken:
        values[name] = alike.keep(getattr(current, name), getattr(sheet, name))
    if "parameters" in reading.spoken:
        values["parameters"] = _parameters(sheet, current, alike)
    if "endpoints" in reading.spoken:
        values["endpoints"] = _endpoints(sheet.endpoints, current.endpoints, alike)
    if "curated_images" in reading.spoken:
        values["curated_images"] = tuple(_curated(image, current.curated_images) for image in sheet.curated_images)
    return replace(sheet, **values)


def _with_known_names(sheet: ModelSheet, current: ModelSheet | None, known: KnownNames) -> ModelSheet:
    """A card names creators by name and families by slug; the rows know the other half."""
    creator = sheet.creator
    if current and current.creator.name == creator.name:
        creator = current.creator
    elif creator.name in known.creators:
        creator = Named(slug=known.creators[creator.name], name=creator.name)
    family = sheet.family
    if family:
        family = Named(slug=family.slug, name=known.families.get((creator.slug, family.slug), family.name))
    return replace(sheet, creator=creator, family=family)


def _reported(card: ReportedSheet | None, current: ReportedSheet | None) -> ReportedSheet | None:
    """The same figures keep the source and date they first came with."""
    if card is None or (current and (card.performance, card.standings) == (current.performance, current.standings)):
        return current
    return card


@dataclass(frozen=True)
class _Alike:
    """Whether two texts are printed the same on this site, but for white space."""

    site_name: str

    def keep(self, current: str, card: str) -> str:
        """The text to store."""
        return current if self.printed(current) == self.printed(card) else card

    def printed(self, text: str) -> str:
        """The text in one line with our name filled in."""
        return flat(text.replace(SITE_PLACEHOLDER, self.site_name))


def _in_order(listed: Iterable[str], current: Sequence[str], keep: Callable[[str], bool]) -> list[str]:
    """Keys in the card's order, with the current ones that it does not list behind the neighbours they had."""
    order = list(listed)
    for index, key in enumerate(current):
        if key in order or not keep(key):
            continue
        before = [order.index(other) for other in current[:index] if other in order]
        order.insert(before[-1] + 1 if before else 0, key)
    return order


def _parameters(sheet: ModelSheet, current: ModelSheet, alike: _Alike) -> tuple[ParameterSheet, ...]:
    """Declared parameters; one that an endpoint states itself is not the card's to change or to declare."""
    native = {parameter.name for endpoint in current.endpoints for parameter in endpoint.parameters}
    listed = {parameter.name: parameter for parameter in sheet.parameters}
    declared = {parameter.name: parameter for parameter in current.parameters}
    merged = []
    for name in _in_order(listed, list(declared), lambda name: name in native):
        if name in native or name not in listed:
            merged += [declared[name]] if name in declared else []
        else:
            merged.append(_parameter(listed[name], declared[name], alike) if name in declared else listed[name])
    return tuple(merged)


def _parameter(card: ParameterSheet, current: ParameterSheet, alike: _Alike) -> ParameterSheet:
    same_modes = set(card.modes) == set(current.modes)
    same_need = same_modes and bool(card.required_modes) == bool(current.required_modes)
    same_text = _described(card, alike) == _described(current, alike)
    return replace(
        card,
        description=current.description if same_text else card.description,
        default=current.default if _words([card.default]) == _words([current.default]) else card.default,
        values=current.values if _words(card.values) == _words(current.values) else card.values,
        modes=current.modes if same_modes else card.modes,
        required_modes=current.required_modes if same_need else card.required_modes,
    )


def _described(parameter: ParameterSheet, alike: _Alike) -> str:
    return clean_description(alike.printed(parameter.description))


def _words(values: Iterable[Json]) -> str:
    """Values as a card prints them."""
    return ", ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def _endpoints(
    listed: tuple[EndpointSheet, ...], current: tuple[EndpointSheet, ...], alike: _Alike
) -> tuple[EndpointSheet, ...]:
    by_card = {endpoint.key: endpoint for endpoint in listed}
    by_rows = {endpoint.key: endpoint for endpoint in current}
    names = {endpoint.provider.slug: endpoint.provider for endpoint in listed}
    merged = []
    for key in _in_order(by_card, list(by_rows), lambda key: True):
        endpoint = by_card.get(key) or by_rows[key]
        if key in by_card and key in by_rows:
            endpoint = _endpoint(endpoint, by_rows[key], alike)
        merged.append(replace(endpoint, provider=names.get(endpoint.provider.slug, endpoint.provider)))
    return tuple(merged)


def _endpoint(card: EndpointSheet, current: EndpointSheet, alike: _Alike) -> EndpointSheet:
    same_notes = [alike.printed(note) for note in card.notes] == [alike.printed(note) for note in current.notes]
    return replace(
        current,
        provider_model_id=card.provider_model_id,
        source_url=card.source_url or current.source_url,
        notes=current.notes if same_notes else card.notes,
        prices=merge_prices(card.prices, current.prices),
    )


def _curated(card: CuratedImageSheet, current: tuple[CuratedImageSheet, ...]) -> CuratedImageSheet:
    """A card prints long prompts cut; the row of the same picture keeps its whole prompt."""
    for image in current:
        whole, printed = flat(image.prompt), flat(card.prompt)
        is_cut = printed.endswith(CUT_MARK) and whole.startswith(printed.removesuffix(CUT_MARK))
        if image.url == card.url and (whole == printed or is_cut):
            return image
    return card


def merge_prices(listed: tuple[PriceSheet, ...], current: tuple[PriceSheet, ...]) -> tuple[PriceSheet, ...]:
    """The prices to store.

    A listed price keeps the row of the same metric, unit and amount. Otherwise it changes the plain row of its metric,
    whose check date is then void, or becomes a row. Rows a card could not have stated (closed, dated, input, with
    conditions) stay; other rows it does not list go. No price listed at all says nothing.
    """
    if not listed:
        return current
    left = [price for price in current if price.valid_to is None]
    merged: list[PriceSheet | None] = [_take(left, price, _offer(price)) for price in listed]
    for index, price in enumerate(listed):
        if merged[index] is None:
            row = next((row for row in left if _is_plain(row) and row.metric == price.metric), None)
            merged[index] = _changed(row, price) if row else price
            left = [other for other in left if other is not row]
    taken = [price for price in merged if price is not None]
    unlisted = [price for price in current if price.valid_to is not None or (price in left and not _is_plain(price))]
    result = _with_unstated_conditions((*taken, *unlisted))
    return current if _same_prices(result, current) else result


def _offer(price: PriceSheet) -> tuple[str, Decimal, Decimal]:
    return price.metric, price.unit_size, price.amount_usd


def _take(left: list[PriceSheet], price: PriceSheet, offer: tuple[str, Decimal, Decimal]) -> PriceSheet | None:
    """Remove and return the row of an offer, the one in the listed direction first."""
    rows = [row for row in left if _offer(row) == offer]
    rows.sort(key=lambda row: row.direction != price.direction)
    if not rows:
        return None
    left[:] = [row for row in left if row is not rows[0]]
    return rows[0]


def _is_plain(price: PriceSheet) -> bool:
    return price.direction == "output" and not price.conditions and price.valid_from is None


def _changed(row: PriceSheet, price: PriceSheet) -> PriceSheet:
    return replace(row, amount_usd=price.amount_usd, unit_size=price.unit_size, verified_on=None)


def _kind(price: PriceSheet) -> tuple[str, str, str]:
    return price.metric, price.direction, repr(sorted(price.conditions.items()))


def _with_unstated_conditions(prices: tuple[PriceSheet, ...]) -> tuple[PriceSheet, ...]:
    """Several open prices of one kind: when each holds is then not stated."""
    times = Counter(_kind(price) for price in prices if price.valid_to is None)
    return tuple(
        replace(price, condition_stated=False) if price.valid_to is None and times[_kind(price)] > 1 else price
        for price in prices
    )


def _same_prices(one: tuple[PriceSheet, ...], other: tuple[PriceSheet, ...]) -> bool:
    return len(one) == len(other) and all(price in other for price in one) and all(price in one for price in other)
