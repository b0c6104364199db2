"""The REST API under /api/v1: the routers of both apps and of the facts object."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.errors import ValidationError

from arena.boards.api.routes import router as boards
from lumenboard.api.answers import ProblemApi
from lumenboard.api.entries import router as entries
from lumenboard.api.problems import validation_problem
from lumenboard.facts.api import router as facts
from lumenboard.facts.parity_api import router as parity
from providers.telemetry.api.routes import router as performance

api = ProblemApi(
    title=f"{settings.SITE_NAME} API",
    version="1",
    description="Boards, models, endpoints and prices. Reads need no key.",
    urls_namespace="api",
)
api.add_router("", boards)
api.add_router("", facts)
api.add_router("", parity)
# with the tables: an address of both belongs to one router
api.add_router("", entries)
api.add_router("", performance)


@api.exception_handler(ValidationError)
def refuse_query(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters that do not fit their types."""
    return api.create_response(request, validation_problem(error), status=422)
