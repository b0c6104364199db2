"""Compiles a model's parameters: rows of its endpoints before declared ones, in the declared order and groups. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from providers.modes import MODE_LABELS, PARAMETER_GROUPS
from providers.planning.schema.types import ParameterFacts, ParameterGroup
from providers.sheet import EndpointSheet, Json, ParameterSheet


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
