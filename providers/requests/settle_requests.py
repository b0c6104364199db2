"""Ends the gateway's requests whose process is gone, from what their paid calls came to."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from providers.models.intents import OPEN_STATES

# A process renews the lease of its open requests several times within it; past it the process is taken for dead.
REQUEST_LEASE_S: Final = 15.0
NOTHING_SENT: Final = "The server stopped before anything was charged; send the request again."
MAY_BE_CHARGED: Final = (
    "The server stopped while the call was under way. It may have been charged, counts as spent and is not repeated."
)
CANCELLED: Final = "The request was cancelled before anything was sent."
# A request that is answered later and has cost nothing is begun again, within an hour and not for ever.
WAITS_FOR: Final = timedelta(hours=1)
MOST_RUNS: Final = 5
_OPEN: Final = ", ".join(f"'{state}'" for state in OPEN_STATES)

# A request whose calls still run is left to the reaper, which ends them first. One that has cost nothing gives its
# idempotency key back, so that a client's retry runs; one that has its picture, or may have cost something, answers
# every retry the same. Pictures lie as they came: who asks again says in which format they are wanted.
SETTLE: Final = f"""
WITH lost AS (
    SELECT r.id, r.uuid, r.created_at FROM providers_gatewayrequest r
    WHERE r.status = 'processing' AND COALESCE(r.lease_until, r.created_at + interval '45 minutes') < now()
        AND (%(uuid)s::uuid IS NULL OR r.uuid = %(uuid)s::uuid)
        AND NOT EXISTS (SELECT FROM providers_intent i WHERE i.request_id = r.uuid AND i.state IN ({_OPEN}))
    ORDER BY r.id LIMIT 500 FOR UPDATE OF r SKIP LOCKED
),
called AS (
    SELECT lost.id AS request, lost.created_at, i.*, p.slug AS provider_slug, p.name AS provider_name
    FROM lost JOIN providers_intent i ON i.request_id = lost.uuid
    LEFT JOIN providers_provider p ON p.id = i.provider_id
),
ended AS (
    SELECT request, count(*) AS attempts, sum(cost_usd) AS cost_usd, bool_or(simulated) AS simulated,
        bool_or(state IN ('done', 'unknown') OR cost_usd > 0) AS may_cost,
        jsonb_agg(jsonb_build_object(
            'provider', provider_slug, 'endpoint', endpoint_key,
            'status', CASE state WHEN 'done' THEN 'ok' ELSE state END,
            'error_code', NULLIF(failure_kind, ''), 'error_message', NULLIF(left(failure_message, 500), ''),
            'http_status', http_status, 'cost', cost_usd::float8, 'duration_ms', total_ms,
            'started_ms', GREATEST(0, round(1000 * EXTRACT(EPOCH FROM reserved_at - created_at)))::int
        ) ORDER BY id) AS listed
    FROM called GROUP BY request
),
served AS (
    SELECT DISTINCT ON (request) request, endpoint_key, jsonb_build_object(
        'executed_model', endpoint_key, 'provider', provider_slug, 'provider_name', provider_name) AS origin
    FROM called WHERE state = 'done' ORDER BY request, id
),
made AS (
    SELECT request, jsonb_agg(jsonb_build_object(
        'name', picture -> 'name', 'revised_prompt', COALESCE(answer ->> 'revised_prompt', ''),
        'media_type', picture -> 'media_type',
        'size', concat(picture ->> 'width_px', 'x', picture ->> 'height_px')) ORDER BY id, place) AS pictures
    FROM called, jsonb_array_elements(results) WITH ORDINALITY AS result (picture, place)
    WHERE state = 'done' GROUP BY request
),
found AS (
    SELECT r.id, COALESCE(ended.cost_usd, 0) AS cost_usd, COALESCE(ended.attempts, 0) AS attempts,
        COALESCE(ended.simulated, false) AS simulated, COALESCE(may_cost, false) AS may_cost,
        COALESCE(served.endpoint_key, '') AS endpoint_key, pictures IS NOT NULL AS is_made,
        CASE
            WHEN pictures IS NOT NULL THEN 'completed' WHEN COALESCE(may_cost, false) OR r.job IS NULL THEN 'failed'
            WHEN r.job ? 'is_cancelled' THEN 'cancelled'
            WHEN r.runs < %(most_runs)s AND r.created_at > now() - %(waits_for)s::interval THEN 'queued' ELSE 'failed'
        END AS status,
        jsonb_build_object(
            'model', r.model_asked, 'request_id', 'req_' || replace(r.uuid::text, '-', ''),
            'cost', COALESCE(ended.cost_usd, 0)::float8, 'cost_currency', 'USD',
            'simulated', COALESCE(ended.simulated, false), 'attempts', COALESCE(ended.listed, '[]')
        ) || COALESCE(served.origin, '{{}}') AS metadata, COALESCE(pictures, '[]') AS pictures
    FROM lost JOIN providers_gatewayrequest r ON r.id = lost.id LEFT JOIN ended ON ended.request = r.id
    LEFT JOIN served ON served.request = r.id LEFT JOIN made ON made.request = r.id
)
UPDATE providers_gatewayrequest r SET
    status = found.status,
    http_status = CASE
        WHEN is_made THEN 200 WHEN may_cost THEN 500 WHEN found.status = 'failed' THEN 503
        WHEN found.status = 'cancelled' THEN 409 END,
    error_code = CASE
        WHEN is_made OR found.status = 'queued' THEN '' WHEN may_cost THEN 'INTERNAL_ERROR'
        WHEN found.status = 'cancelled' THEN 'CANCELLED' ELSE 'UNAVAILABLE' END,
    error_message = CASE
        WHEN is_made OR found.status = 'queued' THEN '' WHEN may_cost THEN %(may_cost)s::text
        WHEN found.status = 'cancelled' THEN %(cancelled)s::text ELSE %(nothing)s::text END,
    cost_usd = CASE WHEN found.status <> 'queued' THEN found.cost_usd END,
    attempts = found.attempts, simulated = found.simulated, endpoint_key = found.endpoint_key,
    finished_at = CASE WHEN found.status <> 'queued' THEN GREATEST(now(), r.created_at) END,
    lease_until = CASE WHEN found.status <> 'queued' THEN r.lease_until END,
    idempotency_key = CASE WHEN may_cost OR found.status = 'queued' THEN r.idempotency_key ELSE '' END,
    answer_until = CASE WHEN found.status <> 'queued' THEN now() + interval '1 day' END,
    answer = CASE
        WHEN is_made THEN jsonb_build_object(
            'status', 200, 'pictures', pictures, 'as_base64', false, 'as_they_came', true,
            'body', jsonb_build_object('created', EXTRACT(EPOCH FROM now())::bigint, 'metadata', metadata))
        WHEN may_cost THEN jsonb_build_object(
            'status', 500, 'pictures', pictures, 'as_base64', false,
            'body', jsonb_build_object(
                'error', jsonb_build_object(
                    'message', %(may_cost)s::text, 'type', 'server_error', 'param', NULL, 'code', 'INTERNAL_ERROR'),
                'metadata', metadata))
    END
FROM found WHERE r.id = found.id
"""  # noqa: S608  # only constants of this module are put in


def settle_values(uuid: UUID | None = None) -> dict[str, Any]:
    """Parameters of SETTLE, for one request or for all."""
    words = {"nothing": NOTHING_SENT, "may_cost": MAY_BE_CHARGED, "cancelled": CANCELLED}
    return {"uuid": uuid, "most_runs": MOST_RUNS, "waits_for": WAITS_FOR, **words}


def settle_requests() -> int:
    """All that are lost at this moment, 500 at most; returns how many. Safe to run twice and at once."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, settle_values())
        return int(cursor.rowcount)
