"""The operator's page of money: calls nobody knows the fate of, budgets, providers, and the switches."""

from __future__ import annotations

from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lumenboard.formatting import usd
from lumenboard.pages.ops import for_staff, page_with_tabs
from lumenboard.pages.ops_decisions import Question, decision
from providers.actions.check_account import check_account
from providers.actions.pause_spending import pause_provider, pause_site
from providers.actions.resolve_intent import resolve_intent
from providers.models import Intent, Provider
from providers.spending import read_budgets, read_providers, site_is_paused, unresolved

BACK: Final = "/ops/spending"
PER_PAGE: Final = 25


@require_safe
@for_staff
def spending(request: HttpRequest) -> HttpResponse:
    """Unknown charges first: they wait for a person."""
    page = Paginator(unresolved(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "budgets": read_budgets(),
        "providers": read_providers(),
        "site_is_paused": site_is_paused(),
    }
    return page_with_tabs(request, "spending", context)


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
