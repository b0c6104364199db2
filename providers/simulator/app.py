"""The simulator as an ASGI application: a folder of routes per protocol, and its own."""

from __future__ import annotations

from starlette.routing import Mount, Router

from providers.simulator import control
from providers.simulator.dashscope import generation, uploads
from providers.simulator.fal import runs, storage
from providers.simulator.openai import images
from providers.simulator.replicate import library, predictions
from providers.simulator.world import World


def application(world: World) -> Router:
    """A router without middleware: there is nothing to add, and every call pays for it."""
    return Router(
        routes=[
            Mount("/openai", routes=images.routes(world)),
            Mount("/fal", routes=[*runs.routes(world), *storage.routes(world)]),
            Mount("/replicate", routes=[*predictions.routes(world), *library.routes(world)]),
            Mount("/dashscope", routes=[*generation.routes(world), *uploads.routes(world)]),
            *control.routes(world),
        ],
        redirect_slashes=False,
    )
