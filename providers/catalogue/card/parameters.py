"""The API Parameters section: groups of lines, each a parameter with type, description, default, values and modes."""

import re
from typing import Final

from providers.catalogue.card.errors import CardError
from providers.catalogue.card.items import blocks, modes, words
from providers.catalogue.card.outline import PARAMETERS, Section
from providers.catalogue.card.prose import clean_description
from providers.modes import PARAMETER_GROUPS, PARAMETER_TYPES
from providers.names import shown
from providers.sheet import Json, ParameterSheet

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
