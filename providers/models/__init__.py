"""Rows: who made a model, who sells it and on what terms, what a card reported of it, and calls that cost money."""

from providers.models.accounts import ProviderAccount
from providers.models.budgets import BudgetCap, BudgetWindow
from providers.models.catalogue import Creator, CuratedImage, Family, ImageModel, ModelAlias, ModelParameter, SlugClaim
from providers.models.endpoints import Endpoint, EndpointParameter, PriceComponent, Provider
from providers.models.gateway import ApiKey, GatewayRequest
from providers.models.intents import EndpointHealth, Intent
from providers.models.reported import ReportedPerformance, ReportedStanding

__all__ = [
    "ApiKey",
    "BudgetCap",
    "BudgetWindow",
    "Creator",
    "CuratedImage",
    "Endpoint",
    "EndpointHealth",
    "EndpointParameter",
    "Family",
    "GatewayRequest",
    "ImageModel",
    "Intent",
    "ModelAlias",
    "ModelParameter",
    "PriceComponent",
    "Provider",
    "ProviderAccount",
    "ReportedPerformance",
    "ReportedStanding",
    "SlugClaim",
]
