"""Performance over REST, and samples that others measured. Reads need no key; writing needs `samples:write`."""

from datetime import datetime
from typing import Any, Final, Literal

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from providers.accounts.key_format import live_key
from providers.api_types import PartRefused, Problem, chosen_part, say_part
from providers.exports import file_answer
from providers.models import ApiKey
from providers.plain_values import whole_number
from providers.telemetry.api.queries import PartQuery, PerformanceQuery, QueryRefused, selected_calls
from providers.telemetry.api.schemas import (
    BatchProblem,
    BatchTaken,
    PerformanceAnswer,
    RowFault,
    SeriesAnswer,
    SubjectItem,
    WindowItem,
    series_answer,
    series_csv,
    subject_item,
    table_answer,
    table_csv,
)
from providers.telemetry.import_samples import (
    BatchDiffers,
    SamplesRefused,
    allowed_samples,
    checked_samples,
    import_samples,
)
from providers.telemetry.incidents import Incident
from providers.telemetry.reading import performance, performance_incidents, performance_series
from providers.telemetry.sample_rows import COLUMNS, NEEDED, SAMPLE_STATUSES

router = Router(tags=["performance"])
# an answer of so many is about a megabyte
MOST_LINES: Final = 1_000
MOST_POINTS: Final = 1_500
MOST_CSV: Final = 5_000
MOST_SAMPLES: Final = 10_000
SCOPE: Final = "samples:write"
MOST_BYTES: Final = 8 * 2**20
LONGEST_KEY: Final = 255
CSV_TOO: Final[dict[str, Any]] = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
WHOLE: Final = {"type": "integer", "minimum": 0}
SAMPLE_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "required": [name for name in NEEDED if name not in {"ttfb_ms", "cost_usd"}],
    "properties": {
        **{name: {"type": "string"} for name in COLUMNS},
        **dict.fromkeys(("ttfb_ms", "total_ms", "http_status", "images", "attempt"), WHOLE),
        "status": {"type": "string", "enum": list(SAMPLE_STATUSES)},
    },
}
BODY: Final[dict[str, Any]] = {
    "parameters": [{"in": "header", "name": "Idempotency-Key", "required": True, "schema": {"type": "string"}}],
    "security": [{"bearer": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["samples"],
                    "properties": {"samples": {"type": "array", "maxItems": MOST_SAMPLES, "items": SAMPLE_FORM}},
                }
            }
        },
    },
}


@router.get(
    "/performance",
    response={200: PerformanceAnswer | SeriesAnswer, 400: Problem, 404: Problem},
    summary="Performance",
    operation_id="get_performance",
    openapi_extra=CSV_TOO,
)
def get_performance(request: HttpRequest, response: HttpResponse, query: Query[PerformanceQuery]) -> Any:
    """Speed, success and cost per provider, or per what `by` names, over a window; `step` gives a series.

    Measured and simulated calls are separate lines. `by` is `provider` where nothing else is asked. An answer has at
    most 1000 lines or 1500 points, as CSV 5000 rows; X-Total-Count says how many there are, Link leads to the next.
    """
    is_csv = query.format == "csv"
    try:
        part = chosen_part(query.limit, query.offset, MOST_CSV if is_csv else MOST_POINTS if query.step else MOST_LINES)
        selected = selected_calls(query, ("provider",))
    except PartRefused as refused:
        return Status(400, Problem(detail=str(refused)))
    except QueryRefused as refused:
        return refused.answer
    scope, window, by = selected.scope, selected.window, selected.by
    answer: SeriesAnswer | PerformanceAnswer
    if query.step:
        series = performance_series(scope, window, by, query.step, part=part, has_gaps=not is_csv)
        answer, total = series_answer(series, by), series.total
    else:
        table = performance(scope, window, by)
        answer, total = table_answer(table, part), len(table.lines) + (0 if is_csv else len(table.without_data))
    if not is_csv:
        say_part(request, response, part, total)
        return Status(200, answer)
    text = series_csv(answer) if isinstance(answer, SeriesAnswer) else table_csv(answer)
    file = file_answer(text, "performance", "csv")
    say_part(request, file, part, total)
    return file


@router.post(
    "/samples",
    response={
        200: BatchTaken,
        201: BatchTaken,
        400: Problem,
        401: Problem,
        403: Problem,
        413: Problem,
        422: BatchProblem,
    },
    summary="Report measured samples",
    operation_id="report_samples",
    openapi_extra=BODY,
)
def report_samples(request: HttpRequest) -> Any:
    """Up to 10 000 samples, all or none. The same batch under the same `Idempotency-Key` is taken once.

    Needs a key with the scope `samples:write`, as `Authorization: Bearer lb_…`.
    """
    key = live_key(request.headers.get("Authorization", ""))
    if key is None:
        return Status(401, Problem(detail=f"Authorization: needs a live key with the scope {SCOPE}"))
    if SCOPE not in key.scopes:
        return Status(403, Problem(detail=f"Authorization: the key lacks the scope {SCOPE}"))
    word = request.headers.get("Idempotency-Key", "").strip()
    if not word or len(word) > LONGEST_KEY or not word.isprintable():
        return Status(400, Problem(detail=f"Idempotency-Key: needs 1 to {LONGEST_KEY} printable characters"))
    if (whole_number(request.META.get("CONTENT_LENGTH") or "") or 0) > MOST_BYTES:
        return Status(413, Problem(detail=f"the body is too long: allowed are {MOST_BYTES:,} bytes"))
    # read here, not as request.body: that has a smaller bound of its own and refuses in HTML
    rows = _sent_rows(request.read())
    if isinstance(rows, str):
        return Status(400, Problem(detail=rows))
    return _taken(rows, key, word)


def _sent_rows(body: bytes) -> list[dict[str, Any]] | str:
    """The rows of a batch, or what is wrong with its form."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return f"the body is not JSON: {error.msg} at character {error.pos}"
    rows = sent.get("samples") if isinstance(sent, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return 'samples: needs a list of objects, as {"samples": [{"endpoint": …}]}'
    if not 1 <= len(rows) <= MOST_SAMPLES:
        return f"samples: {len(rows):,} in one batch; allowed are 1 to {MOST_SAMPLES:,}"
    return rows


def _taken(rows: list[dict[str, Any]], key: ApiKey, word: str) -> Any:
    allowed = allowed_samples(timezone.now(), settings.SAMPLE_RETENTION_DAYS)
    try:
        with checked_samples(enumerate(rows, start=1), allowed) as checked:
            written = import_samples(checked, key=key, idempotency_key=word)
    except SamplesRefused as refused:
        faults = [RowFault(row=p.place, field=p.field, message=p.problem) for p in refused.problems]
        detail = f"{refused.count} of {len(rows)} samples cannot be used; nothing was written"
        return Status(422, BatchProblem(detail=detail, errors=faults, count=refused.count))
    except BatchDiffers as differs:
        return Status(422, BatchProblem(detail=f"Idempotency-Key: {differs}", errors=[], count=0))
    taken = BatchTaken(recorded=written, repeated=not written)
    return Status(201 if written else 200, taken)


class IncidentsQuery(PartQuery):
    """The same, and which incidents."""

    kind: Literal["", "failures", "latency"] = ""
    open: bool | None = Field(None, description="Only those that go on (true), or that are over (false).")


class IncidentItem(SubjectItem):
    """`usual` and `worst` are fractions of counted calls (failures) or medians in milliseconds (latency), by hours."""

    kind: Literal["failures", "latency"]
    starts_at: datetime = Field(description="Start of the first bad hour.")
    ends_at: datetime = Field(description="End of the last bad hour so far.")
    open: bool
    calls: int
    usual: float
    worst: float


class IncidentsAnswer(Schema):
    """The latest first."""

    window: WindowItem
    by: list[str]
    items: list[IncidentItem]


@router.get(
    "/incidents",
    response={200: IncidentsAnswer, 400: Problem, 404: Problem},
    summary="Incidents of providers",
    operation_id="list_incidents",
)
def list_incidents(request: HttpRequest, response: HttpResponse, query: Query[IncidentsQuery]) -> Any:
    """Bad stretches found in hourly series; `by` says whose hours, by default those of each provider's models.

    An answer has at most 1000; X-Total-Count says how many there are, Link leads to the next.
    """
    try:
        part = chosen_part(query.limit, query.offset)
        selected = selected_calls(query, ("model", "provider"))
    except PartRefused as refused:
        return Status(400, Problem(detail=str(refused)))
    except QueryRefused as refused:
        return refused.answer
    found = performance_incidents(selected.scope, selected.window, selected.by)
    items = [
        _item(incident)
        for incident in found
        if query.kind in {"", incident.kind} and query.open in {None, incident.is_open}
    ]
    say_part(request, response, part, len(items))
    return Status(
        200, IncidentsAnswer(window=WindowItem.from_orm(selected.window), by=list(selected.by), items=items[part])
    )


def _item(incident: Incident) -> IncidentItem:
    return IncidentItem(
        **subject_item(incident.subject).dict(),
        kind=incident.kind,
        starts_at=incident.starts_at,
        ends_at=incident.ends_at,
        open=incident.is_open,
        calls=incident.calls,
        usual=incident.usual,
        worst=incident.worst,
    )
