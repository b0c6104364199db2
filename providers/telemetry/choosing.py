"""What was asked for, checked: a scope whose names exist, a window, the dimensions of a table. For API and pages."""

from __future__ import annotations

from datetime import datetime

from providers.models import Endpoint, Provider, SlugClaim
from providers.telemetry.reading import CallScope
from providers.telemetry.tables import DIMENSIONS
from providers.telemetry.windows import STANDARD, Window, WindowError, custom_window, sliding_window


class UnknownName(LookupError):
    """A name that nothing has; the message says of which field."""


class DimensionRefused(ValueError):
    """A word that no table can be grouped by."""


def chosen_scope(scope: CallScope) -> CallScope:
    """The same with the model's slug in place of an alias. Raises UnknownName."""
    # one answer for models that do not exist and models without endpoints: nobody may learn which of the two it is
    sold = SlugClaim.objects.filter(slug=scope.model, model__endpoints__isnull=False)
    model = scope.model and sold.values_list("model__slug", flat=True).first()
    if model is None:
        raise UnknownName(
            f"model: there is no model {scope.model!r} with an endpoint; /api/v1/endpoints lists them all"
        )
    if scope.provider and not Provider.objects.filter(slug=scope.provider).exists():
        raise UnknownName(f"provider: there is no provider {scope.provider!r}; /api/v1/providers lists them all")
    if scope.endpoint and not Endpoint.objects.filter(key=scope.endpoint).exists():
        raise UnknownName(f"endpoint: there is no endpoint {scope.endpoint!r}; /api/v1/endpoints lists them all")
    return CallScope(
        model=model, provider=scope.provider, endpoint=scope.endpoint, mode=scope.mode, source=scope.source
    )


def chosen_window(name: str, start: datetime | None, end: datetime | None, now: datetime) -> Window:
    """A sliding window by name, 30 days by default, or the span from `start` to `end`. Raises WindowError."""
    if start is None and end is None:
        return sliding_window(name or STANDARD, now)
    if name not in {"", "custom"}:
        raise WindowError("window", "give either window, or from and to")
    if start is None:
        raise WindowError("from", "is needed beside to")
    return custom_window(start, end or now, now)


def chosen_dimensions(words: str, default: tuple[str, ...] = ("provider",)) -> tuple[str, ...]:
    """Dimensions separated by commas, in the table's order. Raises DimensionRefused."""
    asked = {word.strip() for word in words.split(",") if word.strip()}
    unknown = sorted(asked - set(DIMENSIONS))
    if unknown:
        raise DimensionRefused(f"by: {unknown[0]!r} is not allowed; use {', '.join(DIMENSIONS)}, several by commas")
    return tuple(dimension for dimension in DIMENSIONS if dimension in asked) or default
