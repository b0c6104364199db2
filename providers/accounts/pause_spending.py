"""The kill switches: stop or allow new paid calls of the whole site or of one provider."""

from django.conf import settings
from django.db import transaction

from providers.adapters.registry import usual_adapter
from providers.models import BudgetCap, Provider, ProviderAccount


@transaction.atomic
def pause_site(*, is_paused: bool) -> None:
    """What has been sent is followed to its end; nothing new is sent while paused."""
    usual = {"usd_per_day": settings.SITE_BUDGET_USD_PER_DAY, "usd_per_hour": settings.SITE_BUDGET_USD_PER_HOUR}
    BudgetCap.objects.update_or_create(
        scope="site", subject="", defaults={"is_paused": is_paused}, create_defaults={**usual, "is_paused": is_paused}
    )


@transaction.atomic
def pause_provider(provider: Provider, *, is_paused: bool) -> None:
    """Raises ValueError for a provider without an account."""
    if ProviderAccount.objects.filter(provider=provider).update(is_paused=is_paused):
        return
    adapter = usual_adapter(provider.slug)
    if adapter is None:
        raise ValueError(f"{provider} has no account yet, so nothing is sent to it")
    ProviderAccount.objects.create(provider=provider, protocol=adapter.name, is_paused=is_paused)
