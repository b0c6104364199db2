"""The catalogue in memory: read anew within two seconds of a change of its rows, off the event loop."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock
from typing import Final

from django.db import DatabaseError, close_old_connections, connection, connections
from django.utils import timezone

from arena.models import Standing
from providers.planning.reading import read_catalogue, with_health
from providers.planning.routing import Catalogue, EndpointFigures
from providers.telemetry.reading import CallScope, performance
from providers.telemetry.tables import sliding_window

LOG = logging.getLogger(__name__)
EVERY_S: Final = 2.0
# callers of a process that has just started wait for it
FIRST_AGAIN_S: Final = 0.2
FIGURES_EVERY_S: Final = 30.0


class CatalogueRefresher:
    """Holds the catalogue, and reads it anew as it changes."""

    def __init__(self) -> None:
        self._current: Catalogue | None = None
        self._read_once = asyncio.Event()
        self._figures_at = float("-inf")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalogue")
        self._reading = Lock()

    @property
    def current(self) -> Catalogue:
        """The catalogue, once it has been read."""
        assert self._current is not None
        return self._current

    @property
    def is_read(self) -> bool:
        """Whether there is one."""
        return self._read_once.is_set()

    async def wait(self) -> None:
        """Until it has been read for the first time."""
        await self._read_once.wait()

    async def run_forever(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.refresh()
            except DatabaseError as error:
                LOG.warning("the catalogue could not be read: %s", error)
            await asyncio.sleep(EVERY_S if self._read_once.is_set() else FIRST_AGAIN_S)

    async def refresh(self) -> None:
        """Read what has changed, in the thread that has the connection for it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.read)
        self._read_once.set()

    def read(self) -> None:
        """The same in the caller's thread; blocking."""
        close_old_connections()
        with self._reading:
            self._read()

    def _read(self) -> None:
        version, current = rows_version(), self._current
        changed = current is None or current.version != version
        fresh = replace(read_catalogue(), version=version) if current is None or changed else current
        if changed or time.monotonic() - self._figures_at > FIGURES_EVERY_S:
            fresh = with_figures(fresh)
            self._figures_at = time.monotonic()
        self._current = with_health(fresh)

    def close(self) -> None:
        """Let its thread and connection go."""
        self._thread.submit(connections.close_all)
        self._thread.shutdown()


WINDOW: Final = "24h"
WATCHED: Final = (
    *("imagemodel", "modelalias", "modelparameter", "endpoint", "endpointparameter", "pricecomponent"),
    *("provider", "provideraccount"),
)


def rows_version() -> str:
    """Changes with every change of a watched table: its youngest row's transaction, and how many rows it has."""
    parts = " UNION ALL ".join(
        f"SELECT {number}, count(*), max(xmin::text::bigint) FROM providers_{table}"  # noqa: S608  # names of this file
        for number, table in enumerate(WATCHED)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{parts} ORDER BY 1")
        return repr(cursor.fetchall())


def with_figures(catalogue: Catalogue) -> Catalogue:
    """Speed and success of the last day, and ratings of the modes' boards."""
    return replace(catalogue, figures=_figures(catalogue), ratings=_ratings())


def _figures(catalogue: Catalogue) -> dict[int, EndpointFigures]:
    lines = performance(CallScope(), sliding_window(WINDOW, timezone.now()), by=("endpoint",)).lines
    by_key = {(line.subject.endpoint_key, line.subject.simulated): line.figures for line in lines}
    by_endpoint: dict[int, EndpointFigures] = {}
    for model in catalogue.models:
        for endpoint in model.endpoints:
            simulated = endpoint.access is not None and endpoint.access.simulated
            figures = by_key.get((endpoint.key, simulated))
            if figures is None:
                continue
            speed, average_ms = figures.total.percentiles, figures.total.average_ms
            by_endpoint[endpoint.id] = EndpointFigures(
                p50_ms=speed.p50_ms if speed else None,
                p95_ms=speed.p95_ms if speed else None,
                images_per_minute=60_000 / average_ms if average_ms else None,
                success_rate=float(figures.success.lower) if figures.success else None,
            )
    return by_endpoint


def _ratings() -> dict[tuple[str, str], float]:
    standings = (
        Standing.objects.public()
        .current_headline()
        .filter(snapshot__board__kind="mode")
        .values_list("model__slug", "snapshot__board__mode", "rating")
    )
    return {(slug, mode): float(rating) for slug, mode, rating in standings if rating is not None}
