"""The statements that set money aside and let a call go. Each is atomic by itself and takes budget windows in the order
of their ids, so that no two of them wait for each other."""

from typing import Final

IN_FLIGHT: Final = "('submitting', 'submitted')"

_PERIODS: Final = "(VALUES ('day'), ('hour')) AS p (period)"

MAKE_WINDOWS: Final = f"""
INSERT INTO providers_budgetwindow (scope, subject, period, starts_at, simulated)
SELECT s.scope, s.subject, p.period, date_trunc(p.period, now(), 'UTC'), %(simulated)s
FROM unnest(%(scopes)s::text[], %(subjects)s::text[]) AS s (scope, subject)
CROSS JOIN {_PERIODS}
ON CONFLICT DO NOTHING
"""  # noqa: S608

# Whether the account, its provider's load and the breaker let one more call through.
_GATE: Final = f"""
gate AS (
    SELECT
        COALESCE(bool_or(a.is_paused), false) AS is_paused,
        (SELECT count(*) FROM providers_intent WHERE provider_id = %(provider)s AND state IN {IN_FLIGHT})
            >= LEAST(COALESCE(max(a.max_concurrent), %(usual_concurrency)s), %(lanes)s::int) AS is_busy
    FROM (SELECT 1) AS one LEFT JOIN providers_provideraccount a ON a.provider_id = %(provider)s
),
breaker AS (
    SELECT
        COALESCE(bool_or(h.opened_until IS NOT NULL), false) AS is_open,
        COALESCE(bool_or(h.opened_until <= now() AND COALESCE(h.probe_until <= now(), true)), false) AS may_probe
    FROM providers_endpointhealth h WHERE h.endpoint_id = %(endpoint)s
)"""  # noqa: S608  # only constants of this module are put in

# The half-open call: of many that come at once, the one whose update finds the row unclaimed.
_PROBE: Final = """
probe AS (
    UPDATE providers_endpointhealth h SET probe_until = now() + %(probe_s)s * interval '1 second'
    FROM verdict, breaker
    WHERE h.endpoint_id = %(endpoint)s AND verdict.refusal = '' AND %(goes_now)s AND breaker.is_open
        AND NOT %(skips_breaker)s AND h.opened_until <= now() AND COALESCE(h.probe_until <= now(), true)
    RETURNING h.endpoint_id
)"""

# What may be spent in a window: the cap that is set (c) or the usual one, for a scope (s) and a period (p).
_CAP: Final = """CASE
            WHEN c.id IS NOT NULL AND p.period = 'day' THEN c.usd_per_day
            WHEN c.id IS NOT NULL THEN COALESCE(c.usd_per_hour, c.usd_per_day)
            WHEN s.scope = 'site' AND p.period = 'day' THEN %(site_day)s::numeric
            WHEN s.scope = 'site' THEN %(site_hour)s::numeric
            WHEN s.scope = 'provider' THEN 'Infinity'::numeric
        END"""

# The columns of a new call, and what the last of them hold before anything has come of it.
_CALL: Final = """providers_intent (
        uuid, endpoint_id, provider_id, endpoint_key, mode, source, simulated, "order", attempt, request_id,
        reserved_usd, cost_basis, cost_breakdown, window_ids, state, submitting_at, lease_until, deadline_at,
        provider_job_id, poll, answer, results, failure_kind, failure_message, failure_code, reserved_at,
        resolution, resolved_by, resolution_reason
    )"""
_NOTHING_YET: Final = """'', '{}', '{}', '[]', '', '', '', now(),
        '', '', ''"""

RESERVE: Final = f"""
WITH capped AS (
    SELECT s.scope, s.subject, COALESCE(c.is_paused, false) AS is_paused, p.period,
        date_trunc(p.period, now(), 'UTC') AS starts_at, {_CAP} AS cap_usd
    FROM unnest(%(scopes)s::text[], %(subjects)s::text[]) AS s (scope, subject)
    LEFT JOIN providers_budgetcap c ON c.scope = s.scope AND c.subject = s.subject
    CROSS JOIN {_PERIODS}
),
locked AS (
    SELECT b.id, b.spent_usd + b.reserved_usd AS taken_usd, c.cap_usd, c.is_paused, c.scope, c.subject, c.period
    FROM providers_budgetwindow b
    JOIN capped c ON b.scope = c.scope AND b.subject = c.subject AND b.period = c.period
        AND b.starts_at = c.starts_at AND b.simulated = %(simulated)s
    ORDER BY b.id
    FOR UPDATE OF b
),
short AS (
    SELECT scope, subject, period, is_paused, cap_usd,
        CASE WHEN is_paused THEN 1 WHEN cap_usd IS NULL THEN 2 ELSE 3 END AS weight
    FROM locked
    WHERE is_paused OR cap_usd IS NULL OR taken_usd + %(usd)s > cap_usd
    ORDER BY weight, scope, subject, period
    LIMIT 1
),
{_GATE},
verdict AS (
    SELECT
        CASE
            WHEN (SELECT count(*) FROM locked) < 2 * cardinality(%(scopes)s::text[]) THEN 'no_window'
            WHEN gate.is_paused THEN 'paused'
            WHEN (SELECT weight FROM short) = 1 THEN 'paused'
            WHEN (SELECT weight FROM short) = 2 THEN 'no_budget'
            WHEN (SELECT weight FROM short) = 3 THEN 'over_budget'
            WHEN %(goes_now)s AND gate.is_busy THEN 'busy'
            WHEN %(goes_now)s AND breaker.is_open AND NOT breaker.may_probe AND NOT %(skips_breaker)s THEN 'cooling'
            ELSE ''
        END AS refusal,
        -- where the provider alone is paused, no budget stands in the way, short or not
        (SELECT concat_ws(' ', scope, NULLIF(subject, ''), period) FROM short WHERE weight = 1 OR NOT gate.is_paused)
            AS detail
    FROM gate CROSS JOIN breaker
),
{_PROBE},
allowed AS (
    SELECT 1 FROM verdict, breaker
    WHERE verdict.refusal = ''
        AND (NOT %(goes_now)s OR NOT breaker.is_open OR %(skips_breaker)s OR EXISTS (SELECT FROM probe))
),
taken AS (
    UPDATE providers_budgetwindow b SET reserved_usd = b.reserved_usd + %(usd)s
    FROM locked WHERE b.id = locked.id AND EXISTS (SELECT FROM allowed)
),
made AS (
    INSERT INTO {_CALL}
    SELECT
        %(uuid)s::uuid, %(endpoint)s, %(provider)s, %(endpoint_key)s, %(mode)s, %(source)s, %(simulated)s,
        %(order)s, %(attempt)s, %(request_id)s::uuid, %(usd)s, %(cost_basis)s, %(cost_breakdown)s,
        (SELECT array_agg(id ORDER BY id) FROM locked),
        CASE WHEN %(goes_now)s THEN 'submitting' ELSE 'reserved' END, CASE WHEN %(goes_now)s THEN now() END,
        now() + %(lease_s)s * interval '1 second', now() + %(deadline_s)s * interval '1 second',
        {_NOTHING_YET}
    FROM allowed
    RETURNING id
)
SELECT (SELECT id FROM made) AS intent_id,
    CASE WHEN EXISTS (SELECT FROM made) THEN '' ELSE COALESCE(NULLIF(verdict.refusal, ''), 'cooling') END AS refusal,
    COALESCE(verdict.detail, '') AS detail
FROM verdict
"""  # noqa: S608

# Many calls that go at once, in one statement. A row is let through where everything that the whole batch asks of its
# windows, its provider and its endpoint fits; every other is left to RESERVE, which says what forbids it.
RESERVE_MANY: Final = f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS r (
        n int, uuid uuid, endpoint bigint, provider bigint, endpoint_key text, mode text, source text, simulated bool,
        "order" jsonb, attempt int, request_id uuid, usd numeric(18, 9), cost_basis text, cost_breakdown jsonb,
        scopes text[], subjects text[], lease_s float8, deadline_s float8
    )
),
scoped AS (
    SELECT a.n, a.usd, a.simulated, s.scope, s.subject
    FROM asked a CROSS JOIN LATERAL unnest(a.scopes, a.subjects) AS s (scope, subject)
),
wanted AS (
    SELECT s.scope, s.subject, s.simulated, s.usd, COALESCE(c.is_paused, false) AS is_paused, p.period,
        date_trunc(p.period, now(), 'UTC') AS starts_at, {_CAP} AS cap_usd
    FROM (SELECT scope, subject, simulated, sum(usd) AS usd FROM scoped GROUP BY scope, subject, simulated) AS s
    LEFT JOIN providers_budgetcap c ON c.scope = s.scope AND c.subject = s.subject
    CROSS JOIN {_PERIODS}
),
locked AS (
    SELECT b.id, w.scope, w.subject, w.simulated,
        COALESCE(NOT w.is_paused AND b.spent_usd + b.reserved_usd + w.usd <= w.cap_usd, false) AS fits
    FROM providers_budgetwindow b
    JOIN wanted w ON b.scope = w.scope AND b.subject = w.subject AND b.period = w.period
        AND b.starts_at = w.starts_at AND b.simulated = w.simulated
    ORDER BY b.id
    FOR UPDATE OF b
),
funded AS (
    SELECT s.n, array_agg(l.id ORDER BY l.id) AS window_ids
    FROM scoped s JOIN locked l ON l.scope = s.scope AND l.subject = s.subject AND l.simulated = s.simulated
    GROUP BY s.n HAVING bool_and(l.fits)
),
free AS (
    SELECT a.provider
    FROM (SELECT provider, count(*) AS calls FROM asked GROUP BY provider) AS a
    LEFT JOIN providers_provideraccount p ON p.provider_id = a.provider
    WHERE NOT COALESCE(p.is_paused, false)
        AND a.calls + (SELECT count(*) FROM providers_intent WHERE provider_id = a.provider AND state IN {IN_FLIGHT})
            <= COALESCE(p.max_concurrent, %(usual_concurrency)s)
),
allowed AS (
    SELECT a.*, funded.window_ids
    FROM asked a JOIN funded ON funded.n = a.n JOIN free ON free.provider = a.provider
    WHERE cardinality(funded.window_ids) = 2 * cardinality(a.scopes)
        AND NOT EXISTS (
            SELECT FROM providers_endpointhealth h WHERE h.endpoint_id = a.endpoint AND h.opened_until IS NOT NULL)
),
taken AS (
    UPDATE providers_budgetwindow b SET reserved_usd = b.reserved_usd + t.usd
    FROM (SELECT w.id, sum(a.usd) AS usd FROM allowed a CROSS JOIN unnest(a.window_ids) AS w (id) GROUP BY w.id) AS t
    WHERE b.id = t.id
)
INSERT INTO {_CALL}
SELECT
    uuid, endpoint, provider, endpoint_key, mode, source, simulated, "order", attempt, request_id,
    usd, cost_basis, cost_breakdown, window_ids, 'submitting', now(),
    now() + lease_s * interval '1 second', now() + deadline_s * interval '1 second',
    {_NOTHING_YET}
FROM allowed
RETURNING id, uuid
"""  # noqa: S608

CLAIM: Final = f"""
WITH wanted AS (
    SELECT i.id, i.state, EXISTS (
        SELECT FROM providers_budgetwindow b
        JOIN providers_budgetcap c ON c.scope = b.scope AND c.subject = b.subject AND c.is_paused
        WHERE b.id = ANY (i.window_ids)
    ) AS is_paused
    FROM providers_intent i WHERE i.uuid = %(uuid)s
),
{_GATE},
verdict AS (
    SELECT wanted.id,
        CASE
            WHEN wanted.state <> 'reserved' THEN 'taken'
            WHEN gate.is_paused OR wanted.is_paused THEN 'paused'
            WHEN gate.is_busy THEN 'busy'
            WHEN breaker.is_open AND NOT breaker.may_probe AND NOT %(skips_breaker)s THEN 'cooling'
            ELSE ''
        END AS refusal
    FROM wanted CROSS JOIN gate CROSS JOIN breaker
),
{_PROBE},
claimed AS (
    UPDATE providers_intent i
    SET state = 'submitting', submitting_at = now(), lease_until = now() + %(lease_s)s * interval '1 second',
        deadline_at = now() + %(deadline_s)s * interval '1 second'
    FROM verdict, breaker
    WHERE i.id = verdict.id AND i.state = 'reserved' AND verdict.refusal = ''
        AND (NOT breaker.is_open OR %(skips_breaker)s OR EXISTS (SELECT FROM probe))
    RETURNING i.id, i.reserved_usd
)
SELECT (SELECT id FROM claimed) AS intent_id, (SELECT reserved_usd FROM claimed) AS reserved_usd,
    CASE
        WHEN EXISTS (SELECT FROM claimed) THEN ''
        WHEN verdict.refusal <> '' THEN verdict.refusal
        WHEN breaker.is_open THEN 'cooling' ELSE 'taken'
    END AS refusal
FROM verdict CROSS JOIN breaker
"""  # noqa: S608
