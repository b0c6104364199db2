"""The operator's page of money: calls nobody knows the fate of, budgets, providers, and the switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arena.models import Schedule
from lumenboard.formatting import usd
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import CountedPaginator, for_staff, page_with_tabs, tab_counts
from lumenboard.pages.operator.decisions import Question, decision
from providers.accounts.sealing import unopenable_in_words
from providers.dispatch.check_account import check_account
from providers.dispatch.pause_spending import pause_provider, pause_site
from providers.dispatch.resolve_intent import resolve_intent
from providers.dispatch.spending import BudgetLine, read_budgets, read_providers, unresolved
from providers.models import ApiKey, Intent, Provider
from providers.models.budgets import SCOPES

BACK: Final = "/ops/spending"
PER_PAGE: Final = 25
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
