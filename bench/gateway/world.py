"""Read into `manage.py shell` of a new stack: one model at one endpoint, budgets, and a key, which it prints."""

from decimal import Decimal

from providers.accounts.api_keys import create_api_key
from providers.models import BudgetCap, Creator, Endpoint, ImageModel, PriceComponent, Provider, ProviderAccount

creator = Creator.objects.create(slug="bench", name="Bench")
model = ImageModel.objects.create(slug="bench-model", name="Bench", creator=creator, modes=["text-to-image"])
provider = Provider.objects.create(slug="bench", name="Bench")
ProviderAccount.objects.create(provider=provider, protocol="openai", max_concurrent=5000)
endpoint = Endpoint.objects.create(
    key="bench/model", model=model, provider=provider, provider_model_id="bench", modes=["text-to-image"]
)
PriceComponent.objects.create(endpoint=endpoint, metric="image", amount_usd=Decimal("0.000001"))
BudgetCap.objects.create(scope="site", usd_per_day=1000, usd_per_hour=1000)
print(create_api_key("bench", usd_per_day=Decimal(900), calls_per_minute=10_000_000).text)  # noqa: T201
