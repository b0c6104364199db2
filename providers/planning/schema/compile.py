"""Compiles a model's parameters: rows of its endpoints before declared ones, in the declared order and groups. Pure.

With them the unified layer: what every model takes through the gateway, whatever its providers call it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from providers.adapters.capabilities import sends_base64
from providers.sheet import (
    IMAGE_EDIT,
    MODE_LABELS,
    MODES,
    PARAMETER_GROUPS,
    DescribedParameter,
    EndpointSheet,
    Json,
    ParameterSheet,
)


@dataclass(frozen=True, kw_only=True)
class ParameterFacts(DescribedParameter):
    """A compiled parameter; `only_via` is a provider's slug where no other takes it.

    Numbers lie from `minimum` to `maximum`, both included; None where nobody says.
    """

    only_via: str
    minimum: int | None = None
    maximum: int | None = None

    @property
    def is_required(self) -> bool:
        """In every mode that takes it."""
        return bool(self.required_modes) and set(self.required_modes) >= set(self.modes)


@dataclass(frozen=True, kw_only=True)
class ParameterGroup:
    """Parameters under one heading, in order."""

    slug: str
    label: str
    parameters: tuple[ParameterFacts, ...]


@dataclass(frozen=True)
class NativeParameter:
    """A parameter row with the endpoint it belongs to."""

    endpoint: EndpointSheet
    row: ParameterSheet

    @property
    def modes(self) -> tuple[str, ...]:
        """The row's own modes, or all its endpoint serves."""
        return self.row.modes or self.endpoint.modes


def compile_parameters(
    declared: Sequence[ParameterSheet], endpoints: Sequence[EndpointSheet]
) -> tuple[ParameterGroup, ...]:
    """Groups that hold something, in the fixed order of groups."""
    natives = _natives_by_name(endpoints)
    compiled = [_compiled(row.name, row, natives.get(row.name, []), endpoints) for row in declared]
    known = {row.name for row in declared}
    compiled += [_compiled(name, None, natives[name], endpoints) for name in sorted(natives) if name not in known]
    return _grouped(compiled)


def _natives_by_name(endpoints: Iterable[EndpointSheet]) -> dict[str, list[NativeParameter]]:
    found: dict[str, list[NativeParameter]] = {}
    for endpoint in endpoints:
        for row in endpoint.parameters:
            found.setdefault(row.name, []).append(NativeParameter(endpoint, row))
    return found


def _compiled(
    name: str,
    declared: ParameterSheet | None,
    natives: Sequence[NativeParameter],
    endpoints: Sequence[EndpointSheet],
) -> ParameterFacts:
    rows = [native.row for native in natives] or ([declared] if declared else [])
    described = next((row.description for row in rows if row.description), declared.description if declared else "")
    modes = _modes(natives, declared)
    return ParameterFacts(
        name=name,
        group=declared.group if declared else rows[0].group,
        type=rows[0].type,
        description=described,
        default=_default(rows),
        values=_values(rows),
        modes=modes,
        required_modes=_required_modes(natives, declared, modes),
        only_via=_only_via(natives, declared, endpoints),
    )


def _modes(natives: Sequence[NativeParameter], declared: ParameterSheet | None) -> tuple[str, ...]:
    if not natives:
        return declared.modes if declared else ()
    served = {mode for native in natives for mode in native.modes}
    ordered = [mode for mode in (declared.modes if declared else ()) if mode in served]
    return (*ordered, *sorted(served - set(ordered), key=lambda mode: MODE_LABELS.get(mode, mode)))


def _required_modes(
    natives: Sequence[NativeParameter], declared: ParameterSheet | None, modes: Sequence[str]
) -> tuple[str, ...]:
    if not natives:
        return declared.required_modes if declared else ()
    return tuple(
        mode for mode in modes if all(mode in native.row.required_modes for native in natives if mode in native.modes)
    )


def _default(rows: Sequence[ParameterSheet]) -> Json:
    """The default they share; where they differ there is none to state."""
    return rows[0].default if all(row.default == rows[0].default for row in rows) else None


def _values(rows: Sequence[ParameterSheet]) -> tuple[Json, ...]:
    """What any of them allows; empty, which is anything, as soon as one allows anything."""
    if not all(row.values for row in rows):
        return ()
    allowed: list[Json] = []
    for row in rows:
        allowed.extend(value for value in row.values if value not in allowed)
    return tuple(allowed)


def _only_via(
    natives: Sequence[NativeParameter], declared: ParameterSheet | None, endpoints: Sequence[EndpointSheet]
) -> str:
    """One provider's slug, when another provider whose parameters are known does not take this one."""
    if not natives:
        return declared.only_through if declared else ""
    holders = {native.endpoint.provider.slug for native in natives}
    listed = {endpoint.provider.slug for endpoint in endpoints if endpoint.parameters}
    if len(holders) == 1 and listed > holders:
        return holders.pop()
    return declared.only_through if declared and declared.only_through in holders and len(holders) == 1 else ""


def _grouped(parameters: Sequence[ParameterFacts]) -> tuple[ParameterGroup, ...]:
    groups = []
    for slug, label in PARAMETER_GROUPS.items():
        members = tuple(parameter for parameter in parameters if parameter.group == slug)
        if members:
            groups.append(ParameterGroup(slug=slug, label=label, parameters=members))
    return tuple(groups)


OUTPUT_FORMATS: Final = ("png", "jpeg", "gif", "webp", "avif", "svg")
MOST_IMAGES: Final = 10
# Of the numbers that this layer, not a provider, understands.
RANGES: Final[Mapping[str, tuple[int, int]]] = {"n": (1, MOST_IMAGES), "output_compression": (0, 100)}


def _row(name: str, group: str, kind: str, description: str, **more: object) -> ParameterSheet:
    return ParameterSheet(
        name=name,
        group=group,
        type=kind,
        description=description,
        **{"modes": MODES, **more},  # type: ignore[arg-type]
    )


UNIFIED: Final = (
    _row("prompt", "core", "string", "What to draw, or what to change in the given picture.", required_modes=MODES),
    _row("seed", "core", "integer", "The same seed gives the same picture, where a provider honours it."),
    _row("size", "size", "string", "`WxH` in pixels, an aspect ratio such as `16:9`, or `auto`."),
    _row("aspect_ratio", "size", "string", "Such as `16:9`; the nearest one a provider has."),
    _row("resolution", "size", "string", "A tier: `0.5K`, `1K`, `2K` or `4K`."),
    _row(
        "image",
        "media",
        "file",
        "The picture to change; several as `image[]`.",
        modes=(IMAGE_EDIT,),
        required_modes=(IMAGE_EDIT,),
    ),
    _row(
        "response_format",
        "output",
        "string",
        "`url` for a link that expires, or `b64_json`.",
        default="url",
        values=("url", "b64_json"),
    ),
    _row("output_format", "output", "string", "Converted where a provider has not got it.", values=OUTPUT_FORMATS),
    _row("output_compression", "output", "integer", "Quality for `jpeg`, `webp` and `avif`."),
    _row(
        "n",
        "output",
        "integer",
        "How many pictures.",
        default=1,
    ),
)


def compile_schema(
    declared: Sequence[ParameterSheet], endpoints: Sequence[EndpointSheet]
) -> tuple[ParameterGroup, ...]:
    """A model's parameters, with those of the unified layer that neither it nor an endpoint describes itself.

    A model that nobody serves takes none but what it declares.
    """
    served = {mode for endpoint in endpoints for mode in endpoint.modes}
    known = {row.name for row in declared} | {row.name for endpoint in endpoints for row in endpoint.parameters}
    added = [_within(row, served) for row in UNIFIED if row.name not in known and served & set(row.modes)]
    if sends_base64(endpoint.provider_model_id for endpoint in endpoints):
        added = [replace(row, default="b64_json") if row.name == "response_format" else row for row in added]
    groups = compile_parameters((*declared, *added), endpoints)
    return tuple(replace(group, parameters=tuple(map(_bounded, group.parameters))) for group in groups)


def _bounded(parameter: ParameterFacts) -> ParameterFacts:
    lowest, highest = RANGES.get(parameter.name, (None, None))
    return replace(parameter, minimum=lowest, maximum=highest) if parameter.type == "integer" else parameter


def _within(row: ParameterSheet, served: set[str]) -> ParameterSheet:
    modes = tuple(mode for mode in row.modes if mode in served)
    return ParameterSheet(
        **{**vars(row), "modes": modes, "required_modes": tuple(m for m in row.required_modes if m in served)}
    )
