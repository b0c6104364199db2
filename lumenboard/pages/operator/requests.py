"""The log of gateway requests at /ops/requests: filtered list, and each request with its attempts and costs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from lumenboard.pages.filter_bar import select_field
from lumenboard.pages.operator.base import for_staff, page_with_tabs
from lumenboard.pages.operator.decisions import Question, decision
from providers.models import ApiKey, GatewayRequest
from providers.models.gateway import STATUSES
from providers.plain_values import whole_number
from providers.requests.gateway_traces import purge
from providers.requests.request_log import AttemptLine, LogFilter, find_request, read_attempts, read_log

PER_PAGE: Final = 25
MOST_KEYS: Final = 200
KINDS: Final = {"completed": "active", "processing": "preview", "failed": "deprecated", "rejected": "deprecated"}


@dataclass(frozen=True)
class Bar:
    """An attempt and its bar on the time line, in percent of the whole request."""

    attempt: AttemptLine
    left: float
    width: float


@require_safe
@for_staff
def requests(request: HttpRequest) -> HttpResponse:
    """Newest first. A request's id in the search leads straight to it."""
    chosen = _read_filter(request)
    if chosen.model.startswith("req_") and (row := find_request(chosen.model)):
        return HttpResponseRedirect(f"/ops/requests/{row.public_id}")
    rows = read_log(chosen, PER_PAGE)
    context = {
        "lines": [{"row": row, "kind": kind_of(row)} for row in rows[:PER_PAGE]],
        "older": rows[PER_PAGE - 1].pk if len(rows) > PER_PAGE else None,
        "is_filtered": bool(chosen.status or chosen.key or chosen.model),
        "fields": _fields(chosen),
    }
    return page_with_tabs(request, "requests", context)


@require_safe
@for_staff
def one_request(request: HttpRequest, public_id: str) -> HttpResponse:
    """What happened, when and for how much. What was stored of it only for those who may look into rows."""
    row = find_request(public_id)
    if row is None:
        raise Http404("There is no such request.")
    attempts = read_attempts(row)
    whole = max([row.duration_ms or 0, *(attempt.began_ms + attempt.took_ms for attempt in attempts), 1])
    may_read = request.user.has_perm("providers.view_gatewayrequest")
    has_payloads = row.payloads is not None
    context = {
        "row": row,
        "kind": kind_of(row),
        "bars": [_bar(attempt, whole) for attempt in attempts],
        "whole_ms": whole,
        "has_costs": any(attempt.parts for attempt in attempts),
        "payloads": json.dumps(row.payloads, indent=2, ensure_ascii=False) if has_payloads and may_read else "",
        "is_stored": has_payloads or row.answer is not None,
    }
    return page_with_tabs(request, "request", context, current="requests")


def kind_of(row: GatewayRequest) -> str:
    """The badge of its status."""
    return KINDS.get(row.status, "neutral")


def _bar(attempt: AttemptLine, whole: int) -> Bar:
    left = 100 * attempt.began_ms / whole
    return Bar(attempt, round(left, 2), round(max(0.6, min(100 - left, 100 * attempt.took_ms / whole)), 2))


def _read_filter(request: HttpRequest) -> LogFilter:
    def text(name: str) -> str:
        return request.GET.get(name, "").strip()[:200]

    return LogFilter(
        status=text("status"),
        key=text("key"),
        model=text("q"),
        before=whole_number(text("before")),
    )


def _fields(chosen: LogFilter) -> list[dict[str, Any]]:
    keys = ApiKey.objects.values_list("public_id", "name")[:MOST_KEYS]
    return [
        {"name": "q", "kind": "search", "label": "Model, endpoint or request id", "value": chosen.model},
        select_field(
            "status", "Status", chosen.status, [(status, status.capitalize()) for status in STATUSES], unset="any"
        ),
        select_field("key", "Key", chosen.key, keys, unset="any"),
    ]


def _ask_purge(row: GatewayRequest) -> Question:
    text = f"{row.public_id}: prompt, answer and pictures go now and cannot be restored. Figures and costs stay."
    return Question("Delete the stored result", text, "Delete", f"/ops/requests/{row.public_id}")


def _purge(row: GatewayRequest, *_: object) -> str:
    gone = purge(row)
    return f"Deleted, with {gone.pictures} picture{'' if gone.pictures == 1 else 's'}."


take_away = decision("providers.change_gatewayrequest", GatewayRequest)(_ask_purge, _purge)
