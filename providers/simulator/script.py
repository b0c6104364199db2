"""Faults for calls that cannot ask for them by header: rules over provider, model, prompt and order of arrival."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from providers.simulator.orders import Order
from providers.simulator.switches import NO_FAULTS, NOTHING, BadSwitch, Faults, Switches, parse

# Anywhere in a prompt: `[simulate slow=5,file.html]`.
IN_PROMPT: Final = re.compile(r"\[simulate[: ]([^\]]+)\]")


class BadRule(ValueError):
    """A rule that is not one."""


@dataclass
class Rule:
    """Calls it fits get `faults`; of those, the ones numbered in `nth` (from 1), or all where that is empty."""

    faults: Faults
    simulate: str
    provider: str = ""
    model: str = ""
    prompt: str = ""
    nth: frozenset[int] = frozenset()
    fitted: int = 0

    def faults_for(self, order: Order) -> Faults:
        if (self.provider and self.provider != order.provider) or (self.model and self.model != order.model):
            return NO_FAULTS
        if self.prompt and self.prompt not in order.prompt:
            return NO_FAULTS
        self.fitted += 1
        return self.faults if not self.nth or self.fitted in self.nth else NO_FAULTS

    def shown(self) -> dict[str, Any]:
        match = {"provider": self.provider, "model": self.model, "prompt": self.prompt}
        told = {name: value for name, value in match.items() if value}
        return {"simulate": self.simulate, **told, "nth": sorted(self.nth), "fitted": self.fitted}


def rule_of(given: Mapping[str, Any]) -> Rule:
    """A rule as JSON: `simulate`, and any of `provider`, `model`, `prompt`, `nth`.

    Raises BadRule.
    """
    allowed = {"simulate", "provider", "model", "prompt", "nth"}
    if unknown := set(given) - allowed:
        raise BadRule(f"{', '.join(sorted(unknown))}: not known; allowed are {', '.join(sorted(allowed))}")
    texts = {name: _text(given, name) for name in ("simulate", "provider", "model", "prompt")}
    nth = given.get("nth") or []
    numbers = [nth] if isinstance(nth, int) else nth
    if not isinstance(numbers, list) or not all(isinstance(one, int) and one >= 1 for one in numbers):
        raise BadRule("nth: a whole number from 1 is wanted, or a list of them")
    try:
        faults = parse(texts["simulate"])
    except BadSwitch as error:
        raise BadRule(f"simulate: {error}") from None
    return Rule(
        faults=faults,
        simulate=texts["simulate"],
        provider=texts["provider"],
        model=texts["model"],
        prompt=texts["prompt"],
        nth=frozenset(numbers),
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name) or ""
    if not isinstance(value, str):
        raise BadRule(f"{name}: a text is wanted")
    return value


class Script:
    """The rules in force, in their order; later ones add to earlier ones, header and prompt to both."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def faults_for(self, order: Order, header: str | None) -> Faults:
        """Raises BadSwitch."""
        found = NO_FAULTS
        for rule in self.rules:
            found = _joined(found, rule.faults_for(order))
        if "[simulate" in order.prompt:
            for text in IN_PROMPT.findall(order.prompt):
                found = _joined(found, parse(text))
        return _joined(found, parse(header)) if header else found


def _joined(first: Faults, second: Faults) -> Faults:
    if not first or not second:
        return first or second
    return {place: _over(first.get(place, NOTHING), second.get(place, NOTHING)) for place in {*first, *second}}


def _over(below: Switches, above: Switches) -> Switches:
    plain = vars(NOTHING)
    return replace(below, **{name: value for name, value in vars(above).items() if value != plain[name]})
