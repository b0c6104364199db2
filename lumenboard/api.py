"""The REST API under /api/v1: the routers of both apps and of the facts object."""

from importlib.util import find_spec

from django.conf import settings
from ninja import NinjaAPI

api = NinjaAPI(
    title=f"{settings.SITE_NAME} API",
    version="1",
    description="Boards, models, endpoints and prices. Reads need no key.",
    urls_namespace="api",
)
# interim while parts land
if find_spec("arena.api"):
    api.add_router("", "arena.api.router")
if find_spec("lumenboard.facts") and find_spec("lumenboard.facts.api"):
    api.add_router("", "lumenboard.facts.api.router")
