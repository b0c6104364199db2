"""The statements that move an intent on, and those that end one or many: state, money, sample and health together."""

from typing import Final

SUBMITTED: Final = """
UPDATE providers_intent
SET state = 'submitted', submitted_at = now(), provider_job_id = %(job_id)s, poll = %(poll)s, answer = %(answer)s,
    lease_until = now() + %(lease_s)s * interval '1 second'
WHERE id = %(id)s AND state = 'submitting'
"""

EXTEND: Final = """
UPDATE providers_intent SET lease_until = now() + %(lease_s)s * interval '1 second'
WHERE id = ANY (%(ids)s) AND state IN ('submitting', 'submitted', 'fetched')
"""

# Takes over from a driver that has fallen silent; of several that try, one gets the row.
TAKE_OVER: Final = """
UPDATE providers_intent SET lease_until = now() + %(lease_s)s * interval '1 second'
WHERE id = %(id)s AND state IN ('submitted', 'fetched') AND lease_until < now()
RETURNING reserved_usd, EXTRACT(EPOCH FROM now() - submitting_at)::float8 AS age_s,
    EXTRACT(EPOCH FROM deadline_at - now())::float8 AS left_s
"""

FETCHED: Final = """
UPDATE providers_intent SET state = 'fetched', fetched_at = now(), results = %(results)s, answer = %(answer)s
WHERE id = %(id)s AND state IN ('submitting', 'submitted')
"""

# The money of those that ended, in every window that held it.
_SETTLED: Final = """moved AS (
    SELECT w.id, sum(e.reserved_usd) AS reserved_usd, sum(e.cost_usd) AS cost_usd
    FROM ended e CROSS JOIN unnest(e.window_ids) AS w (id) GROUP BY w.id
),
locked AS (
    SELECT b.id FROM providers_budgetwindow b WHERE b.id IN (SELECT id FROM moved) ORDER BY b.id FOR UPDATE
),
settled AS (
    UPDATE providers_budgetwindow b
    SET reserved_usd = b.reserved_usd - moved.reserved_usd, spent_usd = b.spent_usd + moved.cost_usd
    FROM locked JOIN moved ON moved.id = locked.id WHERE b.id = locked.id
)"""

# What was measured of them.
_SAMPLED: Final = """sampled AS (
    INSERT INTO providers_requestsample (
        endpoint_id, mode, source, simulated, started_at, ttfb_ms, total_ms, status, http_status, cost_usd,
        megapixels, attempt, request_id, images
    )
    SELECT endpoint_id, mode, source, simulated, submitting_at, ttfb_ms, total_ms, sample_status, http_status,
        cost_usd, megapixels, attempt, request_id, LEAST(jsonb_array_length(results), 1000)
    FROM ended WHERE submitting_at IS NOT NULL AND endpoint_id IS NOT NULL
)"""

# A healthy endpoint's row is written once a minute, not with every call.
_WORTH_WRITING: Final = """h.consecutive_failures > 0 OR h.opened_until IS NOT NULL OR h.cooling_until IS NOT NULL
        OR COALESCE(h.last_success_at < now() - interval '1 minute', true)"""

# Ends an intent: its state, the money in every window that held it, the endpoint's health and the measured call.
FINISH: Final = f"""
WITH ended AS (
    UPDATE providers_intent
    SET state = %(state)s::text, finished_at = now(), cost_usd = %(cost)s::numeric, cost_basis = %(cost_basis)s::text,
        cost_breakdown = CASE WHEN %(cost)s::numeric = 0 THEN '[]'
            ELSE COALESCE(%(cost_breakdown)s, cost_breakdown) END,
        results = COALESCE(%(results)s, results), answer = COALESCE(%(answer)s, answer),
        fetched_at = CASE WHEN %(state)s::text = 'done' THEN COALESCE(fetched_at, now()) ELSE fetched_at END,
        failure_kind = %(kind)s::text, failure_message = %(message)s::text, failure_code = %(code)s::text,
        http_status = %(http_status)s::smallint, ttfb_ms = %(ttfb_ms)s::int,
        total_ms = COALESCE(%(total_ms)s::int, (EXTRACT(EPOCH FROM now() - submitting_at) * 1000)::int)
    WHERE id = %(id)s AND state = ANY (%(from_states)s) AND (NOT %(only_overdue)s::bool OR lease_until < now())
    RETURNING *, %(sample_status)s::text AS sample_status, %(megapixels)s::numeric AS megapixels
),
{_SETTLED},
health AS (
    INSERT INTO providers_endpointhealth AS h (
        endpoint_id, consecutive_failures, times_opened, opened_until, cooling_until, last_failure_kind,
        last_failure_at, last_success_at
    )
    SELECT e.id, (%(verb)s::text = 'fault')::int, %(opens_now)s::bool::int,
        CASE WHEN %(opens_now)s::bool THEN now() + %(pause_s)s::float8 * interval '1 second' END,
        CASE WHEN %(verb)s::text = 'fault' THEN now() + %(cool_s)s::float8 * interval '1 second' END,
        CASE WHEN %(verb)s::text = 'fault' THEN %(kind)s::text ELSE '' END,
        CASE WHEN %(verb)s::text = 'fault' THEN now() END,
        CASE WHEN %(state)s::text = 'done' THEN now() END
    FROM providers_endpoint e, ended
    WHERE e.id = ended.endpoint_id OR (%(provider_wide)s::bool AND e.provider_id = ended.provider_id)
    ORDER BY e.id
    ON CONFLICT (endpoint_id) DO UPDATE SET
        consecutive_failures = CASE %(verb)s::text
            WHEN 'fault' THEN h.consecutive_failures + 1 WHEN 'alive' THEN 0 ELSE h.consecutive_failures END,
        times_opened = CASE
            WHEN %(verb)s::text = 'alive' THEN 0
            WHEN %(verb)s::text = 'fault' AND (%(opens_now)s::bool OR h.consecutive_failures + 1 >= %(faults_to_open)s)
                AND COALESCE(h.opened_until <= now(), true) THEN h.times_opened + 1
            ELSE h.times_opened END,
        opened_until = CASE
            WHEN %(verb)s::text = 'alive' THEN NULL
            WHEN %(verb)s::text = 'fault' AND (%(opens_now)s::bool OR h.consecutive_failures + 1 >= %(faults_to_open)s)
                AND COALESCE(h.opened_until <= now(), true)
                THEN now() + interval '1 second'
                    * LEAST(%(longest_pause_s)s::float8, %(pause_s)s::float8 * 2 ^ LEAST(h.times_opened, 10))
            ELSE h.opened_until END,
        probe_until = NULL,
        cooling_until = CASE %(verb)s::text WHEN 'fault' THEN excluded.cooling_until WHEN 'alive' THEN NULL
            ELSE h.cooling_until END,
        last_failure_kind = CASE WHEN %(verb)s::text = 'fault' THEN %(kind)s::text ELSE h.last_failure_kind END,
        last_failure_at = COALESCE(excluded.last_failure_at, h.last_failure_at),
        last_success_at = COALESCE(excluded.last_success_at, h.last_success_at)
    WHERE %(verb)s::text = 'fault' OR {_WORTH_WRITING}
),
{_SAMPLED}
SELECT count(*) FROM ended
"""  # noqa: S608

# Ends many calls that gave their pictures, as FINISH does one, and gives the ids of those it ended.
FINISH_MANY: Final = f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS r (
        id bigint, cost numeric, cost_basis text, cost_breakdown jsonb, results jsonb, answer jsonb, ttfb_ms int,
        total_ms int, megapixels numeric, sample_status text
    )
),
ended AS (
    UPDATE providers_intent i
    SET state = 'done', finished_at = now(), fetched_at = COALESCE(i.fetched_at, now()),
        cost_usd = a.cost, cost_basis = a.cost_basis,
        cost_breakdown = CASE WHEN a.cost = 0 THEN '[]' ELSE COALESCE(a.cost_breakdown, i.cost_breakdown) END,
        results = a.results, answer = a.answer, failure_kind = '', failure_message = '', failure_code = '',
        ttfb_ms = a.ttfb_ms,
        total_ms = COALESCE(a.total_ms, (EXTRACT(EPOCH FROM now() - i.submitting_at) * 1000)::int)
    FROM asked a
    WHERE i.id = a.id AND i.state IN ('submitting', 'submitted', 'fetched')
    RETURNING i.*, a.megapixels, a.sample_status
),
{_SETTLED},
health AS (
    INSERT INTO providers_endpointhealth AS h (
        endpoint_id, consecutive_failures, times_opened, last_failure_kind, last_success_at)
    SELECT DISTINCT e.endpoint_id, 0, 0, '', now() FROM ended e JOIN providers_endpoint p ON p.id = e.endpoint_id
    ORDER BY e.endpoint_id
    ON CONFLICT (endpoint_id) DO UPDATE SET
        consecutive_failures = 0, times_opened = 0, opened_until = NULL, probe_until = NULL, cooling_until = NULL,
        last_success_at = now()
    WHERE {_WORTH_WRITING}
),
{_SAMPLED}
SELECT id FROM ended
"""  # noqa: S608
