"""Rows of the catalogue: who made a model, who sells it, on what terms, and what a card reported of it."""

from providers.models.catalogue import Creator, CuratedImage, Family, ImageModel, ModelAlias, ModelParameter, SlugClaim
from providers.models.endpoints import Endpoint, EndpointParameter, PriceComponent, Provider
from providers.models.reported import ReportedPerformance, ReportedStanding

__all__ = [
    "Creator",
    "CuratedImage",
    "Endpoint",
    "EndpointParameter",
    "Family",
    "ImageModel",
    "ModelAlias",
    "ModelParameter",
    "PriceComponent",
    "Provider",
    "ReportedPerformance",
    "ReportedStanding",
    "SlugClaim",
]
