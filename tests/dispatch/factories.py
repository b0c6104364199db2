"""Endpoints, accounts and intents for dispatch tests; each states only what matters."""

from datetime import timedelta
from decimal import Decimal
from itertools import count

from django.utils import timezone

from providers.accounts.access import ProviderAccess
from providers.adapters.wire import Account, ImageOrder
from providers.dispatch.call_spec import CallSpec
from providers.dispatch.order_record import order_to_record
from providers.models import Creator, Endpoint, ImageModel, Intent, PriceComponent, Provider, ProviderAccount
from providers.pricing import Cost
from tests.dispatch.plain import BASE, PlainAdapter

numbers = count(1)


def make_endpoint(provider: str = "fal", price: str | None = "0.01", **fields) -> Endpoint:
    number = next(numbers)
    creator = Creator.objects.get_or_create(slug="atelier", defaults={"name": "Atelier"})[0]
    model = ImageModel.objects.create(name=f"Sent {number}", slug=f"sent-{number}", creator=creator)
    seller = Provider.objects.get_or_create(slug=provider, defaults={"name": provider.title()})[0]
    endpoint = Endpoint.objects.create(
        **{
            "key": f"{provider}/sent-{number}",
            "model": model,
            "provider": seller,
            "provider_model_id": f"acme/sent-{number}",
            "modes": ["text-to-image"],
            **fields,
        }
    )
    if price is not None:
        PriceComponent.objects.create(endpoint=endpoint, metric="image", amount_usd=Decimal(price))
    return endpoint


def make_account(provider: Provider, protocol: str = "fal", **fields) -> ProviderAccount:
    return ProviderAccount.objects.update_or_create(provider=provider, defaults={"protocol": protocol, **fields})[0]


def make_intent(endpoint: Endpoint, **fields) -> Intent:
    now = timezone.now()
    return Intent.objects.create(
        **{
            "endpoint": endpoint,
            "provider": endpoint.provider,
            "endpoint_key": endpoint.key,
            "mode": "text-to-image",
            "source": "scheduled",
            "simulated": True,
            "reserved_usd": Decimal("0.01"),
            "reserved_at": now,
            "lease_until": now + timedelta(minutes=1),
            "deadline_at": now + timedelta(minutes=5),
            **fields,
        }
    )


def make_access(provider: Provider, **fields) -> ProviderAccess:
    return ProviderAccess(
        **{
            "provider_id": provider.pk,
            "slug": provider.slug,
            "adapter": PlainAdapter(),
            "account": Account(base_url=BASE, key="canary-5e1f"),
            "simulated": False,
            "key_source": "stored",
            **fields,
        }
    )


def make_call_spec(endpoint: Endpoint, usd: str = "0.01", **fields) -> CallSpec:
    order = ImageOrder(mode="text-to-image", provider_model_id=endpoint.provider_model_id, prompt="a red fox")
    return CallSpec(
        **{
            "endpoint_id": endpoint.pk,
            "endpoint_key": endpoint.key,
            "access": make_access(endpoint.provider),
            "order": order,
            "source": "gateway",
            "cost": Cost(total_usd=Decimal(usd), parts=()),
            "order_record": order_to_record(order),
            **fields,
        }
    )
