"""A model's parameters as they are shown, asked for and checked. Pure."""

from dataclasses import dataclass

from providers.sheet import Json


@dataclass(frozen=True, kw_only=True)
class ParameterFacts:
    """A compiled parameter; `only_via` is a provider's slug where no other takes it.

    Numbers lie from `minimum` to `maximum`, both included; None where nobody says.
    """

    name: str
    group: str
    type: str
    description: str
    default: Json
    values: tuple[Json, ...]
    modes: tuple[str, ...]
    required_modes: tuple[str, ...]
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
