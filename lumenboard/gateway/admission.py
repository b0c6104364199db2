"""Lets a key in: one statement that knows it, counts the call against its rate and says what it may do.

It asks the database with every call, so a revoked key is dead with the next one.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from lumenboard.gateway.call import Call
from lumenboard.gateway.errors import GatewayError
from lumenboard.wrong_keys import too_many_wrong_keys, wait_after_wrong_key
from providers.accounts.key_format import bearer, same_secret

ADMIT: Final = """
UPDATE providers_apikey SET last_used_at = now(),
    minute_calls = CASE WHEN minute_started_at > now() - interval '1 minute' THEN minute_calls + 1 ELSE 1 END,
    minute_started_at = CASE WHEN minute_started_at > now() - interval '1 minute' THEN minute_started_at ELSE now() END
WHERE public_id = %(public_id)s AND secret_sha256 = %(digest)s
    AND revoked_at IS NULL AND COALESCE(expires_at > now(), true)
RETURNING id, public_id, secret_sha256, scopes, keeps_payloads, calls_per_minute, minute_calls,
    EXTRACT(EPOCH FROM minute_started_at + interval '1 minute' - now())::float8 AS left_s
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


async def admit(pool: AsyncConnectionPool[Any], call: Call, scope: str = "") -> Caller:
    """Raises GatewayError: 401 for no key of ours, 403 without the scope, 429 past its rate or for many wrong ones."""
    authorization = call.header("authorization")
    if not authorization and (named := call.header("api-key")):
        # As Azure's clients send it.
        authorization = f"Bearer {named}"
    sent = bearer(authorization)
    if sent is None:
        raise await _not_known(call, was_sent=bool(authorization))
    values = {"public_id": sent.public_id, "digest": sent.secret_sha256}
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(ADMIT, values)
        row = await cursor.fetchone()
    if row is None or not same_secret(row["secret_sha256"], sent):
        raise await _not_known(call)
    caller = Caller(
        key_id=row["id"],
        public_id=row["public_id"],
        scopes=frozenset(row["scopes"]),
        keeps_payloads=row["keeps_payloads"],
        calls_per_minute=row["calls_per_minute"],
        calls_left=max(0, row["calls_per_minute"] - row["minute_calls"]),
        resets_in_s=row["left_s"],
    )
    if row["minute_calls"] > row["calls_per_minute"]:
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
