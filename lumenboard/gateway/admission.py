"""Lets a key in: knows it, counts the call against its rate and says what it may do.

A key that has been looked up stays known for a second, or until the database says that it has changed. Far from its
rate its calls are counted with the next look, after a second at the latest; near it each asks the database.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, Final

from psycopg import AsyncConnection, Error, Notify
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from lumenboard.gateway.call import Call
from lumenboard.gateway.errors import GatewayError
from lumenboard.wrong_keys import too_many_wrong_keys, wait_after_wrong_key
from providers.accounts.key_format import KeyText, bearer, same_secret
from providers.dispatch.pools import connection_parameters

LOG = logging.getLogger(__name__)
FRESH_S: Final = 1.0
# A process lets in at most one part in so many of what is left of a rate before it looks again.
PARTS: Final = 16
CHANNEL: Final = "providers_apikey"
AGAIN_S: Final = 1.0
# `calls` are those let in since the last look and this one.
ADMIT: Final = """
UPDATE providers_apikey SET last_used_at = now(),
    minute_calls = CASE WHEN minute_started_at > now() - interval '1 minute'
        THEN minute_calls + %(calls)s ELSE 1 END,
    minute_started_at = CASE WHEN minute_started_at > now() - interval '1 minute' THEN minute_started_at ELSE now() END
WHERE public_id = %(public_id)s AND secret_sha256 = %(digest)s
    AND revoked_at IS NULL AND COALESCE(expires_at > now(), true)
RETURNING id, public_id, secret_sha256, scopes, keeps_payloads, calls_per_minute, minute_calls,
    EXTRACT(EPOCH FROM minute_started_at + interval '1 minute' - now())::float8 AS left_s,
    EXTRACT(EPOCH FROM expires_at - now())::float8 AS expires_s
"""
COUNT: Final = """
UPDATE providers_apikey SET minute_calls = minute_calls + %(calls)s
WHERE public_id = %(public_id)s AND minute_started_at > now() - interval '1 minute'
"""
UNKNOWN: Final = "The API key is missing, unknown, expired or revoked: send it as Authorization: Bearer lb_…"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A key that was let in, and what is left of its rate."""

    key_id: int
    public_id: str
    scopes: frozenset[str]
    keeps_payloads: bool
    calls_per_minute: int
    calls_left: int
    resets_in_s: float

    def rate_headers(self) -> dict[str, str]:
        """As OpenAI names them."""
        return {
            "x-ratelimit-limit-requests": str(self.calls_per_minute),
            "x-ratelimit-remaining-requests": str(self.calls_left),
            "x-ratelimit-reset-requests": f"{max(0.0, self.resets_in_s):.0f}s",
        }


@dataclass
class KnownKey:
    """A key as the database had it, and the calls let in since."""

    row: dict[str, Any]
    looked_at: float
    fresh_until: float
    calls: int = 0

    def lets_in(self, sent: KeyText, now: float) -> bool:
        """Whether one more call needs no look."""
        left = self.row["calls_per_minute"] - self.row["minute_calls"]
        is_same = same_secret(self.row["secret_sha256"], sent)
        return is_same and now < self.fresh_until and (self.calls + 1) * PARTS <= left


class KeyRing:
    """The keys of an event loop. While nobody would tell of their changes, every call looks."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._known: dict[str, KnownKey] = {}
        self._hears = False

    async def admit(self, call: Call, scope: str = "") -> Caller:
        """Raises GatewayError: 401 for no key of ours, 403 without the scope, 429 past its rate or many wrong ones."""
        authorization = call.header("authorization")
        if not authorization and (named := call.header("api-key")):
            # As Azure's clients send it.
            authorization = f"Bearer {named}"
        sent = bearer(authorization)
        if sent is None:
            raise await _not_known(call, was_sent=bool(authorization))
        known = self._known.get(sent.public_id)
        if known is not None and known.lets_in(sent, time.monotonic()):
            known.calls += 1
        else:
            known = await self._look(sent)
        if known is None:
            raise await _not_known(call)
        return _caller(known, scope)

    async def _look(self, sent: KeyText) -> KnownKey | None:
        """The key as it is now, with what this process has let in written down; None for one that is none of ours."""
        before, calls = self._known.get(sent.public_id), 1
        if before is not None and same_secret(before.row["secret_sha256"], sent):
            del self._known[sent.public_id]
            calls += before.calls
        values = {"public_id": sent.public_id, "digest": sent.secret_sha256, "calls": calls}
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(ADMIT, values)
            row = await cursor.fetchone()
        if row is None or not same_secret(row["secret_sha256"], sent):
            return None
        now = time.monotonic()
        ends = (FRESH_S, row["left_s"], row["expires_s"])
        known = KnownKey(row, now, now + min(end for end in ends if end is not None))
        if self._hears:
            # of several that look at once none forgets what another let in meanwhile
            other = self._known.get(sent.public_id)
            known.calls += other.calls if other else 0
            self._known[sent.public_id] = known
        return known

    async def _count(self) -> None:
        """Write down what keys that are at rest by now were let in for."""
        now = time.monotonic()
        resting = {name: known for name, known in self._known.items() if known.fresh_until < now}
        for public_id, known in resting.items():
            if self._known.get(public_id) is not known:
                # it has been looked up meanwhile, with its calls
                continue
            del self._known[public_id]
            if known.calls:
                async with self._pool.connection() as connection:
                    await connection.execute(COUNT, {"public_id": public_id, "calls": known.calls})

    def _forget(self, notify: Notify) -> None:
        self._known.pop(notify.payload, None)

    async def listen_forever(self) -> None:
        """Forget keys as they change, until cancelled."""
        while True:
            try:
                async with await AsyncConnection.connect(**connection_parameters()) as connection:
                    connection.add_notify_handler(self._forget)
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._hears = True
                    while True:
                        if await _has_news(connection):
                            # brings what has come to the handler
                            await connection.execute("SELECT 1")
                        else:
                            await self._count()
            except (Error, PoolTimeout) as error:
                LOG.warning("changes of keys are not heard of: %s", error)
            finally:
                self._hears = False
                self._known.clear()
            await asyncio.sleep(AGAIN_S)


async def _has_news(connection: AsyncConnection[Any]) -> bool:
    """Whether something comes within a second. The driver's own way of waiting wakes ten times a second."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(connection.fileno(), news.set)
    try:
        async with asyncio.timeout(FRESH_S):
            await news.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(connection.fileno())
    return True


def _caller(known: KnownKey, scope: str) -> Caller:
    """Raises GatewayError."""
    row, counted = known.row, known.row["minute_calls"] + known.calls
    caller = Caller(
        key_id=row["id"],
        public_id=row["public_id"],
        scopes=frozenset(row["scopes"]),
        keeps_payloads=row["keeps_payloads"],
        calls_per_minute=row["calls_per_minute"],
        calls_left=max(0, row["calls_per_minute"] - counted),
        resets_in_s=row["left_s"] - (time.monotonic() - known.looked_at),
    )
    if counted > row["calls_per_minute"]:
        message = f"The key may make {caller.calls_per_minute} calls a minute."
        raise GatewayError("RATE_LIMITED", message, retry_after_s=caller.resets_in_s)
    if scope and scope not in caller.scopes:
        raise GatewayError("PERMISSION_DENIED", f"The key lacks the scope {scope}.")
    return caller


async def _not_known(call: Call, *, was_sent: bool = True) -> GatewayError:
    """Only wrong keys count. The counters' store may keep its thread waiting, never the loop."""
    wait_s = await asyncio.to_thread(wait_after_wrong_key, call.address) if was_sent else 0
    if wait_s:
        return GatewayError("RATE_LIMITED", too_many_wrong_keys(wait_s), retry_after_s=wait_s)
    return GatewayError("AUTHENTICATION_FAILED", UNKNOWN)
