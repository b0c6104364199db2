"""Keys of the gateway at /ops/keys: who holds one, what it has spent, a new one shown once, and its end."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import for_staff, for_staff_with, page_with_tabs
from lumenboard.pages.operator.decisions import Question, decision
from lumenboard.pages.operator.requests import kind_of
from providers.accounts.api_keys import USUAL_SCOPES, USUAL_USD_PER_DAY, create_api_key, revoke_api_key
from providers.models import ApiKey
from providers.models.gateway import KEY_SCOPES
from providers.number_fields import AmountField, MomentField, WholeNumberField
from providers.requests.request_log import LogFilter, read_days, read_keys, read_log

PER_PAGE: Final = 25
REQUESTS_SHOWN: Final = 10
MOST_USD: Final = Decimal(1_000_000)


class NewKeyForm(forms.Form):
    """What a new key may do."""

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
    scopes = forms.MultipleChoiceField(
        label="Scopes", choices=list(KEY_SCOPES.items()), initial=USUAL_SCOPES, widget=forms.CheckboxSelectMultiple
    )

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
    form = NewKeyForm(request.POST if request.method == "POST" else None, label_suffix="")
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
