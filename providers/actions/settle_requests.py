"""Ends the gateway's requests whose process is gone, from what their paid calls came to."""

from typing import Final
from uuid import UUID

from django.db import connection

from providers.models.intents import OPEN_STATES

# A process renews the lease of its open requests several times within it; past it the process is taken for dead.
REQUEST_LEASE_S: Final = 15.0
NOTHING_SENT: Final = "The server stopped before anything was charged; send the request again."
MAY_BE_CHARGED: Final = (
    "The server stopped while the call was under way. It may have been charged, counts as spent and is not repeated."
)
_OPEN: Final = ", ".join(f"'{state}'" for state in OPEN_STATES)

# A request whose calls still run is left to the reaper, which ends them first. One that has cost nothing gives its
# idempotency key back, so that a client's retry runs; one that may have cost something answers every retry the same.
SETTLE: Final = f"""
WITH lost AS (
    SELECT r.id, r.uuid FROM providers_gatewayrequest r
    WHERE r.status = 'processing' AND COALESCE(r.lease_until, r.created_at + interval '45 minutes') < now()
        AND (%(uuid)s::uuid IS NULL OR r.uuid = %(uuid)s::uuid)
        AND NOT EXISTS (SELECT FROM providers_intent i WHERE i.request_id = r.uuid AND i.state IN ({_OPEN}))
    ORDER BY r.id LIMIT 500 FOR UPDATE OF r SKIP LOCKED
),
ended AS (
    SELECT lost.id, count(i.id) AS attempts, COALESCE(sum(i.cost_usd), 0) AS cost_usd,
        COALESCE(bool_or(i.simulated), false) AS simulated,
        COALESCE(bool_or(i.state IN ('done', 'unknown') OR i.cost_usd > 0), false) AS may_cost
    FROM lost LEFT JOIN providers_intent i ON i.request_id = lost.uuid GROUP BY lost.id
)
UPDATE providers_gatewayrequest r SET
    status = 'failed',
    http_status = CASE WHEN may_cost THEN 500 ELSE 503 END,
    error_code = CASE WHEN may_cost THEN 'INTERNAL_ERROR' ELSE 'UNAVAILABLE' END,
    error_message = CASE WHEN may_cost THEN %(may_cost)s::text ELSE %(nothing)s::text END,
    cost_usd = ended.cost_usd, attempts = ended.attempts, simulated = ended.simulated,
    finished_at = GREATEST(now(), r.created_at),
    idempotency_key = CASE WHEN may_cost THEN r.idempotency_key ELSE '' END,
    answer_until = now() + interval '1 day',
    answer = CASE WHEN may_cost THEN jsonb_build_object(
        'status', 500, 'pictures', '[]'::jsonb, 'as_base64', false,
        'body', jsonb_build_object(
            'error', jsonb_build_object(
                'message', %(may_cost)s::text, 'type', 'server_error', 'param', NULL, 'code', 'INTERNAL_ERROR'),
            'metadata', jsonb_build_object(
                'request_id', 'req_' || replace(r.uuid::text, '-', ''),
                'cost', ended.cost_usd::float8, 'cost_currency', 'USD')))
    END
FROM ended WHERE r.id = ended.id
"""  # noqa: S608  # only constants of this module are put in


def settle_values(uuid: UUID | None = None) -> dict[str, UUID | str | None]:
    """Parameters of SETTLE, for one request or for all."""
    return {"uuid": uuid, "nothing": NOTHING_SENT, "may_cost": MAY_BE_CHARGED}


def settle_requests() -> int:
    """All that are lost at this moment, 500 at most; returns how many. Safe to run twice and at once."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, settle_values())
        return int(cursor.rowcount)
