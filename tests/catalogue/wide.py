"""A model with many of everything that hangs on one."""

from dataclasses import replace

from providers.sheet import ModelSheet, Named
from tests.catalogue.factories import full_sheet, make_price


def wide_sheet(slug: str, rows: int) -> ModelSheet:
    """A model with `rows` of everything."""
    full = full_sheet()
    endpoint, parameter = full.endpoints[0], full.parameters[1]
    parameters = tuple(replace(parameter, name=f"p{number}") for number in range(rows))
    prices = tuple(make_price(conditions={"quality": str(number)}) for number in range(rows))
    performance = tuple(replace(full.reported.performance[0], provider=f"p{n}") for n in range(rows))
    return replace(
        full,
        slug=slug,
        name=slug,
        aliases=tuple(f"{slug}-{number}" for number in range(rows)),
        parameters=tuple(replace(p, only_through="p0") for p in parameters),
        endpoints=tuple(
            replace(
                endpoint,
                key=f"p{number}/{slug}",
                provider=Named(slug=f"p{number}", name=f"P{number}"),
                prices=prices,
                parameters=tuple(replace(p, only_through="") for p in parameters),
            )
            for number in range(rows)
        ),
        curated_images=full.curated_images * rows,
        reported=replace(full.reported, performance=performance, standings=full.reported.standings * rows),
    )
