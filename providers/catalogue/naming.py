"""The names of a sheet by the rule of all names: evened out on the way in, repaired where rows hold odd ones. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from providers.names import LONGEST_NAME, repaired, tidy
from providers.sheet import ModelSheet, Named

LONGEST_MAKER: Final = 120
Rule = Callable[[str, str, int], str]


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


def _with(sheet: ModelSheet, rule: Rule) -> ModelSheet:
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


def _named(named: Named, rule: Rule) -> Named:
    return Named(slug=named.slug, name=rule(named.name, named.slug, LONGEST_MAKER))


def _list(names: tuple[str, ...], rule: Rule) -> tuple[str, ...]:
    return tuple(rule(name, "unnamed", LONGEST_NAME) for name in names)
