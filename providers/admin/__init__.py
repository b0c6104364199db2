"""The operator's screens of the catalogue."""

from providers.admin import endpoints, keys, makers, models

__all__ = ["endpoints", "keys", "makers", "models"]
