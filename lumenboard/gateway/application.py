"""The gateway as an RSGI application: opens what it needs, finds the operation, and answers errors in one envelope."""

import asyncio
import errno
import logging
import re
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from psycopg import Error as DatabaseFault
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from arena.client import seen_address
from lumenboard.gateway.admission import Caller, KeyRing
from lumenboard.gateway.call import Answer, Call, drain, for_other_sites
from lumenboard.gateway.catalogue import CatalogueRefresher
from lumenboard.gateway.errors import GatewayError
from lumenboard.gateway.form import LARGEST_FORM
from lumenboard.gateway.images import ImageOperations
from lumenboard.gateway.operations import find_operation
from lumenboard.gateway.outcome import FULL_AGAIN_S
from lumenboard.gateway.request_log import RequestLogWriter
from lumenboard.serving.environ import client_host
from lumenboard.serving.rsgi import HttpProtocol, Scope
from providers.dispatch.dispatcher import open_dispatcher
from providers.dispatch.pools import open_pool

LOG = logging.getLogger(__name__)
PREFIXES: Final = ("/openai/", "/v1/", "/media/")
DRAWING_THREADS: Final = 4
LEDGER_CONNECTIONS: Final = 8
OWN_CONNECTIONS: Final = 4
# For keys and the log, where a lost last moment would cost nobody money: no commit waits for the disk.
RELAXED: Final = "-c synchronous_commit=off"

# Answers are about one key and its money; no cache and no guess at their type may come between.
DEFAULT_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
# how long a refused body is read away
DRAIN_S: Final = 10.0
HEADER: Final = re.compile(r"[a-z0-9-]{1,60}")
# how long a request waits for a process that has just started
OPENING_S: Final = 10.0
DISK_FAULTS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


def is_gateways(path: str) -> bool:
    """Whether the gateway answers at that path."""
    return path.startswith(PREFIXES)


class Gateway:
    """One per event loop. `transport` answers in place of the providers' network, for tests."""

    def __init__(self, transport: Any = None) -> None:
        self._transport = transport
        self._stack = AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._opened = asyncio.Event()
        self.catalogue = CatalogueRefresher()
        self.executor = ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="drawing")
        self.pool: AsyncConnectionPool[Any]
        self.keys: KeyRing
        self.log: RequestLogWriter
        self.images: ImageOperations

    async def open(self) -> None:
        """Connections, and the tasks that refresh the catalogue and write the log."""
        dispatcher = await self._stack.enter_async_context(
            open_dispatcher(transport=self._transport, connections_at_most=LEDGER_CONNECTIONS)
        )
        self.pool = await self._stack.enter_async_context(
            open_pool(most=OWN_CONNECTIONS, timeout_s=10.0, options=RELAXED)
        )
        self.keys = KeyRing(self.pool)
        self.log = RequestLogWriter(self.pool)
        self.images = ImageOperations(self.catalogue, dispatcher, self.log, self.executor)
        self._start(self.catalogue.run_forever)
        self._start(self.keys.listen_forever)
        self._start(self.log.run_forever)
        self._start(self.log.renew_leases_forever)
        self._opened.set()

    async def close(self) -> None:
        """Waits for calls under way, then writes what is left of the log."""
        for task in self._tasks:
            task.cancel()
        if self._opened.is_set():
            await self.images.dispatcher.drain()
            await self.log.flush()
        await self._stack.aclose()
        self.catalogue.close()
        self.executor.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, proto: HttpProtocol) -> None:
        """One request."""
        call = Call(
            id=f"req_{uuid4().hex}",
            method=scope.method,
            path=scope.path,
            query_string=scope.query_string,
            headers=scope.headers,
            proto=proto,
            began_at=time.monotonic(),
            address=seen_address(client_host(scope), ",".join(scope.headers.get_all("x-forwarded-for"))),
        )
        shared = for_other_sites(call)
        answer = _preflight(call) if shared and call.method == "OPTIONS" else await self._answer(call)
        if answer.is_sent:
            return
        headers = [("content-type", answer.media_type), ("x-request-id", call.id)]
        headers += [(name, value) for name, value in DEFAULT_HEADERS.items() if name not in answer.headers]
        headers += [("x-lumenboard-duration-ms", f"{1000 * (time.monotonic() - call.began_at):.0f}")]
        headers += [(name, value) for name, value in shared.items() if name not in answer.headers]
        proto.response_bytes(answer.status, [*headers, *answer.headers.items()], answer.content())

    async def _answer(self, call: Call) -> Answer:
        try:
            await self._ready()
            operation, argument = find_operation(call)
            caller = await _admitted(self.keys, call, operation.scope) if operation.keyed else None
            await _check_query(call)
            answer = await operation.run(self, call, caller, argument)
        except GatewayError as error:
            return _of_error(error)
        except (DatabaseFault, PoolTimeout, TimeoutError) as error:
            LOG.warning("the gateway could not answer: %s", error)
            return _of_error(GatewayError("UNAVAILABLE", "The gateway cannot answer now.", retry_after_s=2))
        except Exception as error:
            return _of_error(_unexpected(error, call))
        if caller is not None:
            return replace(answer, headers={**caller.rate_headers(), **answer.headers})
        return answer

    async def _ready(self) -> None:
        """Raises TimeoutError."""
        if not (self._opened.is_set() and self.catalogue.is_read):
            async with asyncio.timeout(OPENING_S):
                await self._opened.wait()
                await self.catalogue.wait()

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run it for as long as the gateway is open, whatever befalls it."""

        async def forever() -> None:
            while True:
                try:
                    await work()
                except Exception:
                    LOG.exception("background work of the gateway failed, and begins anew")
                await asyncio.sleep(1)

        task = asyncio.create_task(forever())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _admitted(keys: KeyRing, call: Call, scope: str) -> Caller:
    """Raises GatewayError; a client that is still sending its pictures gets to read why."""
    try:
        return await keys.admit(call, scope)
    except GatewayError as error:
        if error.status in {401, 403}:
            await drain(call, LARGEST_FORM, DRAIN_S)
        raise


async def _check_query(call: Call) -> None:
    """Before anything costs. Raises GatewayError, which a client that is still sending gets to read."""
    try:
        call.switch("dryRun")
    except GatewayError:
        await drain(call, LARGEST_FORM, DRAIN_S)
        raise


def _preflight(call: Call) -> Answer:
    """A browser's question before a call with a key."""
    asked = [name.strip() for name in call.header("access-control-request-headers").lower().split(",")]
    headers = {
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-allow-headers": ", ".join(name for name in asked[:40] if HEADER.fullmatch(name)),
        "access-control-max-age": "600",
    }
    return Answer(204, b"", headers)


def _unexpected(error: Exception, call: Call) -> GatewayError:
    """How a fault of ours is answered."""
    if isinstance(error, OSError) and error.errno in DISK_FAULTS:
        LOG.warning("the gateway could not write a file: %s", error)
        # The picture may have been paid for.
        refusal = GatewayError("UNAVAILABLE", "This site's storage is full.", retry_after_s=FULL_AGAIN_S)
        refusal.extra_headers = {"x-should-retry": "false"}
        return refusal
    LOG.exception("the gateway failed at %s %s", call.method, call.path.encode("ascii", "replace").decode())
    return GatewayError("INTERNAL_ERROR", f"Internal error; its reference is {call.id}.")


def _of_error(error: GatewayError) -> Answer:
    return Answer(error.status, error.body(), {**error.headers(), **error.extra_headers})
