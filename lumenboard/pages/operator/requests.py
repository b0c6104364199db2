"""The gateway's requests at /ops/requests, each with its attempts and costs, and its keys at /ops/keys."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from lumenboard.pages.base import Paginator, select_field
from lumenboard.pages.operator.base import PER_PAGE, for_staff, for_staff_with, page_with_tabs
from lumenboard.pages.operator.decisions import Question, decision
from providers.accounts.api_keys import USUAL_SCOPES, USUAL_USD_PER_DAY, create_api_key, revoke_api_key, scope_choices
from providers.models import ApiKey, GatewayRequest
from providers.models.gateway import STATUSES
from providers.number_fields import AmountField, MomentField, WholeNumberField
from providers.plain_values import whole_number
from providers.requests.gateway_traces import purge
from providers.requests.request_log import (
    AttemptLine,
    LogFilter,
    find_request,
    read_attempts,
    read_days,
    read_keys,
    read_log,
)

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


REQUESTS_SHOWN: Final = 10
MOST_USD: Final = Decimal(1_000_000)


class NewKeyForm(forms.Form):
    """What a new key may do: no more than whoever makes it."""

    name = forms.CharField(max_length=120, help_text="Who or what will use it.")
    usd_per_day = AmountField(
        label="Dollars per day", min_value=0, max_value=MOST_USD, decimal_places=9, initial=USUAL_USD_PER_DAY
    )
    usd_per_hour = AmountField(
        label="Dollars per hour", min_value=0, max_value=MOST_USD, decimal_places=9, required=False,
        help_text="Blank: the day's amount is the only limit.",
    )  # fmt: skip
    calls_per_minute = WholeNumberField(min_value=1, max_value=1_000_000, initial=600)
    expires_at = MomentField(
        label="Ends at (UTC)", required=False, help_text="As 2027-01-31 12:00. Blank: it does not expire."
    )
    scopes = forms.MultipleChoiceField(label="Scopes", initial=USUAL_SCOPES, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: AbstractBaseUser | AnonymousUser, **options: Any) -> None:
        super().__init__(*args, **options)
        scopes: Any = self.fields["scopes"]
        scopes.choices = scope_choices(user)

    def clean_expires_at(self) -> object:
        ends = self.cleaned_data["expires_at"]
        if ends and ends <= timezone.now():
            raise forms.ValidationError("It must be in the future.")
        return ends


@require_safe
@for_staff
def keys(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    page = Paginator(ApiKey.objects.all(), PER_PAGE).get_page(request.GET.get("page"))
    return page_with_tabs(request, "keys", {"page": page, "lines": read_keys(page)})


@sensitive_variables("made")
@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("providers.add_apikey")
def new_key(request: HttpRequest) -> HttpResponse:
    """The answer to the POST is the one place where the key's text ever stands."""
    form = NewKeyForm(request.POST if request.method == "POST" else None, label_suffix="", user=request.user)
    if not form.is_valid():
        return render(request, "ops/new_key.html", {"form": form}, status=422 if form.is_bound else 200)
    made = create_api_key(**form.cleaned_data)
    return render(request, "ops/key_made.html", {"key": made.row, "text": made.text})


@require_safe
@for_staff
def key_usage(request: HttpRequest, public_id: str) -> HttpResponse:
    """What it was charged day by day, and its last requests."""
    key = get_object_or_404(ApiKey, public_id=public_id)
    days = read_days(key)
    most = max((one.real_usd + one.simulated_usd for one in days), default=Decimal(0)) or Decimal(1)
    rows = read_log(LogFilter(key=key.public_id), REQUESTS_SHOWN)[:REQUESTS_SHOWN]
    context = {
        "line": read_keys([key])[0],
        "days": [{"spent": one, "width": _share(one.real_usd + one.simulated_usd, most)} for one in days],
        "total_usd": sum((one.real_usd + one.simulated_usd for one in days), Decimal(0)),
        "lines": [{"row": row, "kind": kind_of(row)} for row in rows],
    }
    return page_with_tabs(request, "key", context, current="keys")


def _share(part: Decimal, whole: Decimal) -> float:
    return round(float(100 * part / whole), 1)


def _ask_revoke(key: ApiKey) -> Question:
    text = f"The next call with {key} is refused, and so is every one after it. It cannot be restored."
    return Question(f"Revoke {key.name}", text, "Revoke the key", f"/ops/keys/{key.public_id}")


def _revoke(key: ApiKey, *_: object) -> str:
    return "The key is revoked." if revoke_api_key(key) else "The key had been revoked before."


revoke = decision("providers.change_apikey", ApiKey)(_ask_revoke, _revoke)
