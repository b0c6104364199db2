"""The operator's screens of the catalogue."""

from providers.admin import accounts, alerts, endpoints, keys, makers, models

__all__ = ["accounts", "alerts", "endpoints", "keys", "makers", "models"]
