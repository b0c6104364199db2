"""The operator's screens of the catalogue."""

from providers.admin import accounts, endpoints, keys, makers, models

__all__ = ["accounts", "endpoints", "keys", "makers", "models"]
