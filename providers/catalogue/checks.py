"""What a sheet's values may be, so that every sheet accepted here fits the tables. Pure; collects all problems.

`RULES` says of each field by itself what is allowed, `ACROSS` what the fields of a sheet must be together.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from providers.adapters.capabilities import faults_in
from providers.catalogue.errors import SheetError, SheetProblem
from providers.catalogue.field_rules import LARGEST_INTEGER, RULES, Rule, between, line, one_of, typed
from providers.names import ALLOWED_PROMPT, LONGEST_NAME, prompt_problem, repaired, shown, tidy
from providers.pricing.choice import KIND_KEYS, condition_text, overlapping, values_of
from providers.sheet import (
    MODES,
    CuratedImageSheet,
    EndpointSheet,
    ModelSheet,
    Named,
    ParameterSheet,
    PriceSheet,
    ReportedSheet,
    ReportedStandingSheet,
)

KEY: Final = re.compile(r"[^\s/]+/\S+")
LONGEST_SHOWN: Final = 60

Part = ModelSheet | EndpointSheet | PriceSheet | ParameterSheet
# A field by its path in the sheet ("" for the whole), what was found there, what is allowed.
Fault = tuple[str, Any, str]


def check_sheet(sheet: ModelSheet) -> ModelSheet:
    """The sheet itself, or SheetError with everything that is wrong with it."""
    problems = problems_in(sheet)
    if problems:
        raise SheetError(problems)
    return sheet


def problems_in(part: Part) -> list[SheetProblem]:
    """What is wrong with a sheet or one row of it, its fields named from there as in a catalogue file."""
    return [SheetProblem(path, shown(found, LONGEST_SHOWN), allowed) for path, found, allowed in _faults("", part)]


def _faults(path: str, part: Any) -> Iterator[Fault]:
    """Of its own fields, of what they say together, of the sheets within it."""
    values = list(_values(path, part))
    for name, place, value in values:
        if name in RULES[type(part)]:
            yield from _fault(place, value, RULES[type(part)][name])
    if across := ACROSS.get(type(part)):
        for place, found, allowed in across(part):
            yield ".".join(filter(None, (path, place))), found, allowed
    for _, place, value in values:
        if is_dataclass(value):
            yield from _faults(place, value)


def _values(path: str, part: Any) -> Iterator[tuple[str, str, Any]]:
    """Name, path and value of every field that holds something; of lists each item."""
    for field in fields(part):
        place, value = f"{path}.{field.name}".lstrip("."), getattr(part, field.name)
        if isinstance(value, tuple):
            yield from ((field.name, f"{place}[{index}]", item) for index, item in enumerate(value, start=1))
        elif value is not None:
            yield field.name, place, value


def _fault(place: str, value: Any, rule: Rule) -> Iterator[Fault]:
    if allowed := rule(value):
        yield place, value, allowed


def _model(sheet: ModelSheet) -> Iterator[Fault]:
    yield from _repeated("aliases", (sheet.slug, *sheet.aliases), "each slug once, and not the model's own")
    for index, tag in enumerate(sheet.tags, start=1):
        if "," in tag:
            yield f"tags[{index}]", tag, "a tag without commas, which part tags on a card"
    if sheet.sunset_on and sheet.status != "deprecated":
        yield "sunset_on", sheet.sunset_on, "a date only where the status is deprecated"
    if sheet.successor and (sheet.status != "deprecated" or sheet.successor in {sheet.slug, *sheet.aliases}):
        yield "successor", sheet.successor, "another model, and only where the status is deprecated"
    yield from _repeated("alias_sunsets", (alias.slug for alias in sheet.alias_sunsets), "each alias once")
    for index, alias in enumerate(sheet.alias_sunsets, start=1):
        if alias.slug not in sheet.aliases:
            yield f"alias_sunsets[{index}].slug", alias.slug, "one of the aliases"
    yield from _prompt("example_prompt", sheet.example_prompt)
    if (sheet.max_width_px is None) != (sheet.max_height_px is None):
        yield "max_width_px", sheet.max_width_px, "both sides, or neither"
    for name in ("input_modalities", "output_modalities", "modes"):
        yield from _repeated(name, getattr(sheet, name), "each once")
    yield from _repeated("parameters", (parameter.name for parameter in sheet.parameters), "each name once")
    providers = {endpoint.provider for endpoint in sheet.endpoints}
    yield from _repeated("endpoints", (provider.slug for provider in providers), "one name for each provider")
    yield from _repeated("endpoints", (endpoint.key for endpoint in sheet.endpoints), "each key once")


def _endpoint(endpoint: EndpointSheet) -> Iterator[Fault]:
    if not KEY.fullmatch(endpoint.key) or len(endpoint.key) > 160:
        yield "key", endpoint.key, "provider/name without spaces, at most 160 characters"
    elif endpoint.key.partition("/")[0] != endpoint.provider.slug:
        yield "key", endpoint.key, f"a key that begins with its provider, {endpoint.provider.slug}/"
    yield from _repeated("modes", endpoint.modes, "each once")
    for name, found, allowed in faults_in(endpoint.capabilities):
        yield f"capabilities.{name}", found, allowed
    yield from _repeated("parameters", (parameter.name for parameter in endpoint.parameters), "each name once")
    for index, parameter in enumerate(endpoint.parameters, start=1):
        if parameter.only_through:
            allowed = "nothing; an endpoint's parameter is its own"
            yield f"parameters[{index}].only_through", parameter.only_through, allowed
    opened = [p for p in endpoint.prices if p.valid_to is None and p.condition_stated]
    for index, price in enumerate(opened):
        if overlapping(price, opened[:index]):
            said = ", ".join(f"{key} {condition_text(value)}" for key, value in sorted(price.conditions.items()))
            found = " ".join(filter(None, (price.metric, price.direction, said)))
            yield "prices", f"{found} appears twice", "one open price for each metric, direction and condition"


def _price(price: PriceSheet) -> Iterator[Fault]:
    if price.units_per_image is not None and price.metric not in {"token", "second"}:
        yield "units_per_image", price.units_per_image, "nothing; only tokens and seconds have it"
    for key, value in price.conditions.items():
        yield from _fault("conditions", key, line(80))
        if value == []:
            yield f"conditions.{key}", "an empty list", "a value, or a list of the values of which any may hold"
        if isinstance(value, list) and price.metric == "token" and key in KIND_KEYS:
            yield f"conditions.{key}", condition_text(value), "one value; tokens of each kind have a price of their own"
        for item in values_of(value):
            yield from _fault(f"conditions.{key}", item, typed(""))
    if price.valid_from and price.valid_to and price.valid_to <= price.valid_from:
        yield "valid_to", price.valid_to, "a moment after valid_from"


def _parameter(parameter: ParameterSheet) -> Iterator[Fault]:
    is_typed = typed(parameter.type)
    if parameter.default is not None:
        yield from _fault("default", parameter.default, is_typed)
    for index, value in enumerate(parameter.values, start=1):
        yield from _fault(f"values[{index}]", value, is_typed)
    for index, mode in enumerate(parameter.required_modes, start=1):
        yield from _fault(f"required_modes[{index}]", mode, one_of(parameter.modes))
    for name in ("modes", "required_modes"):
        yield from _repeated(name, getattr(parameter, name), "each once")


def _report(reported: ReportedSheet) -> Iterator[Fault]:
    yield from _repeated("performance", (row.provider for row in reported.performance), "each provider once")
    if not (reported.performance or reported.standings):
        yield "", "empty", "at least one figure, or no such table"


def _standing(row: ReportedStandingSheet) -> Iterator[Fault]:
    if row.kind == "category":
        yield from _fault("mode", row.mode, one_of(MODES))
    elif row.mode:
        yield "mode", row.mode, "no mode for a competition"
    yield from _fault("rank", row.rank, between(1, min(row.ranked_models, LARGEST_INTEGER)))


def _prompt(path: str, prompt: str) -> Iterator[Fault]:
    if prompt_problem(prompt):
        yield path, f"{len(prompt):,} characters", ALLOWED_PROMPT


def _repeated(path: str, keys: Iterable[str], allowed: str) -> Iterator[Fault]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield path, f"{key} stands {times} times", allowed


ACROSS: Final[Mapping[type, Callable[[Any], Iterator[Fault]]]] = {
    ModelSheet: _model,
    EndpointSheet: _endpoint,
    PriceSheet: _price,
    ParameterSheet: _parameter,
    CuratedImageSheet: lambda image: _prompt("prompt", image.prompt),
    ReportedSheet: _report,
    ReportedStandingSheet: _standing,
}


LONGEST_MAKER: Final = 120
NameRule = Callable[[str, str, int], str]


def tidied(sheet: ModelSheet) -> ModelSheet:
    """Harmless differences evened out; what is refused stays, for the checks to say so."""
    return _with(sheet, lambda name, _, __: tidy(name))


def repaired_sheets(sheets: Iterable[ModelSheet]) -> Iterator[ModelSheet]:
    """With names that are allowed, and no two of one creator that became the same."""
    taken: set[tuple[str, str]] = set()
    for sheet in sheets:
        made = _with(sheet, repaired)
        if (made.creator.slug, made.name) in taken:
            end = f" ({made.slug})"
            made = replace(made, name=made.name[: LONGEST_NAME - len(end)].rstrip() + end)
        taken.add((made.creator.slug, made.name))
        yield made


def _with(sheet: ModelSheet, rule: NameRule) -> ModelSheet:
    reported = sheet.reported
    if reported:
        standings = tuple(
            replace(row, title=rule(row.title, f"{row.kind} {place}", LONGEST_NAME))
            for place, row in enumerate(reported.standings, start=1)
        )
        source = rule(reported.source, "unnamed source", LONGEST_NAME)
        reported = replace(reported, source=source, standings=standings)
    return replace(
        sheet,
        name=rule(sheet.name, sheet.slug, LONGEST_NAME),
        creator=_named(sheet.creator, rule),
        family=_named(sheet.family, rule) if sheet.family else None,
        alternative_names=_list(sheet.alternative_names, rule),
        tags=_list(sheet.tags, rule),
        endpoints=tuple(replace(one, provider=_named(one.provider, rule)) for one in sheet.endpoints),
        reported=reported,
    )


def _named(named: Named, rule: NameRule) -> Named:
    return Named(slug=named.slug, name=rule(named.name, named.slug, LONGEST_MAKER))


def _list(names: tuple[str, ...], rule: NameRule) -> tuple[str, ...]:
    return tuple(rule(name, "unnamed", LONGEST_NAME) for name in names)
