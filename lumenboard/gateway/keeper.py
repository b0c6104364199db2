"""Keeps the catalogue in memory fresh: looks every two seconds whether rows have changed, off the event loop."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from django.db import DatabaseError, close_old_connections, connections

from lumenboard.gateway.reading import rows_version, with_figures
from providers.planning.reading import read_catalogue, with_health
from providers.planning.served import Catalogue

LOG = logging.getLogger(__name__)
EVERY_S: Final = 2.0
# callers of a process that has just started wait for it
FIRST_AGAIN_S: Final = 0.2
FIGURES_EVERY_S: Final = 30.0


class CatalogueKeeper:
    """Holds the catalogue."""

    def __init__(self) -> None:
        self._held: Catalogue | None = None
        self._read_once = asyncio.Event()
        self._figures_at = float("-inf")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalogue")

    @property
    def now(self) -> Catalogue:
        """The catalogue, once it has been read."""
        assert self._held is not None
        return self._held

    async def wait(self) -> None:
        """Until it has been read for the first time."""
        await self._read_once.wait()

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.read()
            except DatabaseError as error:
                LOG.warning("the catalogue could not be read: %s", error)
            await asyncio.sleep(EVERY_S if self._read_once.is_set() else FIRST_AGAIN_S)

    async def read(self) -> None:
        """Read what has changed, in the thread that has the connection for it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._refresh)
        self._read_once.set()

    def _refresh(self) -> None:
        close_old_connections()
        version, held = rows_version(), self._held
        changed = held is None or held.version != version
        fresh = replace(read_catalogue(), version=version) if held is None or changed else held
        if changed or time.monotonic() - self._figures_at > FIGURES_EVERY_S:
            fresh = with_figures(fresh)
            self._figures_at = time.monotonic()
        self._held = with_health(fresh)

    def close(self) -> None:
        """Let its thread and connection go."""
        self._thread.submit(connections.close_all)
        self._thread.shutdown()
