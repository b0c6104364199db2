"""Rows: who made a model, who sells it on what terms, what a card reported of it, calls that cost money, samples."""

from providers.models.accounts import ProviderAccount
from providers.models.alerts import AlertDelivery, AlertIncident, AlertRule
from providers.models.budgets import BudgetCap, BudgetWindow
from providers.models.catalogue import Creator, CuratedImage, Family, ImageModel, ModelAlias, ModelParameter, SlugClaim
from providers.models.deliveries import Receiver
from providers.models.endpoints import Endpoint, EndpointParameter, PriceComponent, Provider
from providers.models.gateway import ApiKey, GatewayRequest, RequestInput, RequestMessage
from providers.models.heartbeats import Heartbeat
from providers.models.intents import EndpointHealth, Intent
from providers.models.reported import ReportedPerformance, ReportedStanding
from providers.models.rollups import DayRollup, HourRollup, RolledHour
from providers.models.sample_batches import SampleBatch
from providers.models.samples import ChangedHour, RequestSample

__all__ = [
    "AlertDelivery",
    "AlertIncident",
    "AlertRule",
    "ApiKey",
    "BudgetCap",
    "BudgetWindow",
    "ChangedHour",
    "Creator",
    "CuratedImage",
    "DayRollup",
    "Endpoint",
    "EndpointHealth",
    "EndpointParameter",
    "Family",
    "GatewayRequest",
    "Heartbeat",
    "HourRollup",
    "ImageModel",
    "Intent",
    "ModelAlias",
    "ModelParameter",
    "PriceComponent",
    "Provider",
    "ProviderAccount",
    "Receiver",
    "ReportedPerformance",
    "ReportedStanding",
    "RequestInput",
    "RequestMessage",
    "RequestSample",
    "RolledHour",
    "SampleBatch",
    "SlugClaim",
]
