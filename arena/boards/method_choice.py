"""Which method a reader asks for, by name and parameter; anything else is refused in words. Pure."""

from __future__ import annotations

from datetime import datetime

from arena.boards.methods import METHODS, BoardMethod
from arena.rating.board import BRADLEY_TERRY
from arena.rating.method_boards import ELO
from providers.plain_values import aware_moment

# parameter: the method that has it, and what it is when not given
PARAMETERS = {"prior": (BRADLEY_TERRY, "1"), "k": (ELO, "4")}


class ChoiceRefused(ValueError):
    """A parameter that is not allowed; the message names it and what is."""


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raises ChoiceRefused."""
    if value not in allowed:
        raise ChoiceRefused(f"{name}: {value!r} is not allowed; use {' or '.join(word for word in allowed if word)}")


def moment(name: str, text: str) -> datetime | None:
    """A time with its zone, None for no text. Raises ChoiceRefused."""
    if not text:
        return None
    found = aware_moment(text.replace(" ", "+"))
    if found is None:
        raise ChoiceRefused(f"{name}: {text!r} is not allowed; use a time with its zone, such as 2026-11-01T00:00:00Z")
    return found


def chosen_method(name: str, prior: str | None = None, k: str | None = None) -> BoardMethod:
    """The method with its parameter; raises ChoiceRefused, also for a parameter the method does not have."""
    one_of("method", name, tuple(dict.fromkeys(method.name for method in METHODS)))
    for parameter, value in (("prior", prior), ("k", k)):
        owner, _ = PARAMETERS[parameter]
        if value is not None and name != owner:
            raise ChoiceRefused(f"{parameter}: method {name} has none; only {owner} does")
    variants = {method.variant: method for method in METHODS if method.name == name}
    if "" in variants:
        return variants[""]
    parameter = next(found for found, (owner, _) in PARAMETERS.items() if owner == name)
    given = {"prior": prior, "k": k}[parameter]
    value = PARAMETERS[parameter][1] if given is None else given.removesuffix(".0")  # answers print it as 1.0
    if f"{parameter}={value}" not in variants:
        one_of(parameter, given or "", tuple(variant.removeprefix(f"{parameter}=") for variant in variants))
    return variants[f"{parameter}={value}"]
