"""Providers' incidents over REST: intervals in which calls failed more, or took longer, than they usually do."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from providers.api_parts import PartRefused, chosen_part, say_part
from providers.api_types import Problem
from providers.telemetry.api.queries import PartQuery, QueryRefused, selected_calls
from providers.telemetry.api.schemas import SubjectItem, WindowItem, subject_item
from providers.telemetry.incidents import Incident
from providers.telemetry.reading import performance_incidents

router = Router(tags=["performance"])


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
