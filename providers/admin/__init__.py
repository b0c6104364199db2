"""The operator's screens of the catalogue."""

from providers.admin import accounts, alerts, endpoints, models

__all__ = ["accounts", "alerts", "endpoints", "models"]
