"""The REST API under /api/v1: the routers of both apps and of the facts object."""

from django.conf import settings
from ninja import NinjaAPI

from arena.api import router as boards
from lumenboard.facts.api import router as facts

api = NinjaAPI(
    title=f"{settings.SITE_NAME} API",
    version="1",
    description="Boards, models, endpoints and prices. Reads need no key.",
    urls_namespace="api",
)
api.add_router("", boards)
api.add_router("", facts)
