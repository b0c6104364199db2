"""The operator's pages of money: calls nobody knows the fate of, budgets, providers, switches; prices to check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from arena.models import Schedule
from lumenboard.formatting import price_text, usd
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import PER_PAGE, CountedPaginator, for_staff, page_with_tabs, tab_counts
from lumenboard.pages.operator.decisions import Question, decision
from providers.accounts.pause_spending import pause_provider, pause_site
from providers.accounts.sealing import unopenable_in_words
from providers.catalogue.card import CardError
from providers.catalogue.conflicts import CHECKED_WITHIN, compare_document, prices_to_check
from providers.catalogue.errors import LARGEST_BYTES, CatalogueError, decode_text
from providers.catalogue.rows import full_price_sheet
from providers.dispatch.check_account import check_account
from providers.dispatch.resolve_intent import resolve_intent
from providers.dispatch.spending import BudgetLine, read_budgets, read_providers, unresolved
from providers.models import ApiKey, Intent, PriceComponent, Provider
from providers.models.budgets import SCOPES
from providers.pricing.drift import Drift, PriceComparison

BACK: Final = "/ops/spending"
# every schedule has one, also one that ran once
BUDGETS_PER_PAGE: Final = 100


@dataclass(frozen=True)
class Budget:
    """A budget under the name people give to what it is of; what is gone keeps its id."""

    kind: str
    name: str
    url: str
    line: BudgetLine


@require_safe
@for_staff
def spending(request: HttpRequest) -> HttpResponse:
    """Unknown charges first: they wait for a person."""
    counts, budgets = tab_counts(), read_budgets()
    page = Paginator(budgets, BUDGETS_PER_PAGE).get_page(request.GET.get("budgets"))
    context = {
        "page": CountedPaginator(unresolved(), PER_PAGE, counts["spending"]).get_page(request.GET.get("page")),
        "alarms": list(filter(None, [unopenable_in_words()])),
        "budgets": _named(list(page)),
        "budget_page": page,
        "providers": read_providers(),
        "site_is_paused": any(line.is_paused for line in budgets if line.scope == "site"),
    }
    return page_with_tabs(request, "spending", context, counts=counts)


def _named(lines: Sequence[BudgetLine]) -> list[Budget]:
    """Two queries, whatever the number of budgets."""
    of = {scope: [line.subject for line in lines if line.scope == scope] for scope in SCOPES}
    # a cap may name anything, so ids are compared as text
    schedules = Schedule.objects.annotate(as_text=Cast("pk", CharField())).filter(as_text__in=of["schedule"])
    keys = ApiKey.objects.filter(public_id__in=of["key"]).values_list(Value("key"), "public_id", "name")
    providers = (
        Provider.objects.filter(slug__in=of["provider"]).order_by().values_list(Value("provider"), "slug", "name")
    )
    found = {
        ("schedule", one.budget_subject): (str(one), one.get_absolute_url())
        for one in schedules.select_related("competition")
    }
    pages = {"key": "/ops/keys", "provider": "/providers"}
    for scope, subject, name in keys.order_by().union(providers, all=True):
        found[scope, subject] = name, f"{pages[scope]}/{subject}"
    return [
        Budget(SCOPES[line.scope], *found.get((line.scope, line.subject), (line.subject, "")), line) for line in lines
    ]


def _ask_charged(intent: Intent) -> Question:
    text = f"{intent.endpoint_key}, {usd(intent.cost_usd)}. It stays counted as spent."
    return Question("It was charged", text, "Settle as charged", BACK, "reason", "How you know")


def _charged(intent: Intent, reason: str, actor: object) -> str:
    resolve_intent(intent.pk, charged=True, actor=str(actor), reason=reason)
    return "Settled as charged."


def _ask_not_charged(intent: Intent) -> Question:
    text = f"{intent.endpoint_key}, {usd(intent.cost_usd)}. The money is free again in every budget that held it."
    return Question("It was not charged", text, "Settle as not charged", BACK, "reason", "How you know")


def _not_charged(intent: Intent, reason: str, actor: object) -> str:
    resolve_intent(intent.pk, charged=False, actor=str(actor), reason=reason)
    return "Settled as not charged; the money is free again."


def _ask_site(_: None, to: str) -> Question:
    if to == "pause":
        text = (
            "Nothing new is sent to any provider until you allow it again. What has been sent is followed to its end."
        )
        return Question("Stop all paid calls", text, "Stop all paid calls", BACK)
    return Question("Allow paid calls", "Budgets hold as before.", "Allow paid calls", BACK)


def _site(_: None, *__: object, to: str) -> str:
    pause_site(is_paused=to == "pause")
    return "Nothing new is sent." if to == "pause" else "Paid calls are allowed."


def _ask_provider(provider: Provider, to: str) -> Question:
    if to == "pause":
        return Question(
            f"Pause {provider}", "Nothing new is sent to it until you resume it.", f"Pause {provider}", BACK
        )
    return Question(f"Resume {provider}", "It is called again, within its budgets.", f"Resume {provider}", BACK)


def _provider(provider: Provider, *_: object, to: str) -> str:
    pause_provider(provider, is_paused=to == "pause")
    return f"{provider} is paused." if to == "pause" else f"{provider} is called again."


def _ask_test(provider: Provider) -> Question:
    text = "One request that costs nothing, with the key that calls would use now."
    return Question(f"Test the connection to {provider}", text, "Test the connection", BACK)


def _test(provider: Provider, *_: object) -> str:
    tried = check_account(provider)
    if not tried.ok:
        raise ValueError(tried.message.rstrip("."))
    return f"{provider}: {tried.message}"


charged = decision("providers.change_intent", Intent)(_ask_charged, _charged)
not_charged = decision("providers.change_intent", Intent)(_ask_not_charged, _not_charged)
switch_site = decision("providers.change_budgetcap", None)(_ask_site, _site)
switch_provider = decision("providers.change_provideraccount", Provider)(_ask_provider, _provider)
test_connection = decision("providers.change_provideraccount", Provider)(_ask_test, _test)


class DocumentForm(forms.Form):
    """A document that states prices; `found` is what the comparison says once the form is valid."""

    document = forms.FileField(
        label="Catalogue file or model card", help_text="A .toml or .json file, or a model's llms.txt, at most 1 MiB."
    )
    found: PriceComparison | None = None

    def clean_document(self) -> Any:
        uploaded = self.cleaned_data["document"]
        content = uploaded.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise forms.ValidationError("It is larger than 1 MiB.")
        try:
            self.found = compare_document(decode_text(content, uploaded.name), uploaded.name)
        except (CardError, CatalogueError) as error:
            raise forms.ValidationError(str(error)) from None
        return uploaded


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def prices(request: HttpRequest) -> HttpResponse:
    """Comparing writes nothing."""
    form = DocumentForm(request.POST, request.FILES, label_suffix="") if request.method == "POST" else None
    is_valid = form is None or form.is_valid()
    page = Paginator(prices_to_check(), PER_PAGE).get_page(request.GET.get("page"))
    found = form.found if form else None
    context = {
        "form": form or DocumentForm(label_suffix=""),
        "found": found,
        "drifts": [_drift(one) for one in found.drifts] if found else [],
        "page": page,
        "lines": [_line(row) for row in page],
        "days": CHECKED_WITHIN.days,
    }
    return page_with_tabs(request, "prices", context, status=200 if is_valid else 422)


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "key": drift.endpoint_key,
        "theirs": price_text(drift.theirs),
        "ours": [{"text": price_text(one), "verified_on": one.verified_on} for one in drift.ours],
    }


def _line(row: PriceComponent) -> dict[str, Any]:
    return {
        "row": row,
        "text": price_text(full_price_sheet(row)),
        "url": f"{row.endpoint.model.get_absolute_url()}/providers",
        "reason": "its condition is not stated, so costs are unknown" if not row.condition_stated else "",
    }
