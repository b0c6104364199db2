"""The operator's screens of the catalogue."""

from providers.admin import endpoints, makers, models

__all__ = ["endpoints", "makers", "models"]
