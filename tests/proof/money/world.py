"""Models at one price a picture, each at a provider of its own, and keys that may spend so much."""

import json
from collections.abc import Mapping
from decimal import Decimal

from tests.proof.gateway_stack import Gateway, command

PRICE = Decimal("0.01")
MAKE = """
import json
from decimal import Decimal
from providers.accounts.api_keys import create_api_key
from providers.models import BudgetCap, Creator, Endpoint, ImageModel, PriceComponent, Provider, ProviderAccount
wanted = json.loads({wanted!r})
creator, _ = Creator.objects.get_or_create(slug="mint", defaults={{"name": "Mint"}})
for slug, (provider_slug, usd) in wanted["models"].items():
    provider, is_new = Provider.objects.get_or_create(slug=provider_slug, defaults={{"name": provider_slug.title()}})
    if is_new:
        ProviderAccount.objects.create(provider=provider, protocol="openai", max_concurrent=5000)
    model = ImageModel.objects.create(slug=slug, name=slug.title(), creator=creator, modes=["text-to-image"])
    endpoint = Endpoint.objects.create(key=f"{{provider_slug}}/{{slug}}", model=model, provider=provider,
        provider_model_id=slug, modes=["text-to-image"])
    PriceComponent.objects.create(endpoint=endpoint, metric="image", amount_usd=Decimal(usd))
for slug, usd in wanted["providers"].items():
    BudgetCap.objects.create(scope="provider", subject=slug, usd_per_day=Decimal(usd))
keys = {{}}
for name, usd in wanted["keys"].items():
    made = create_api_key(name, usd_per_day=Decimal(usd), calls_per_minute=10_000_000)
    keys[name] = made.text
print(json.dumps(keys))
"""


def make_world(
    gateway: Gateway,
    models: Mapping[str, tuple[str, Decimal]],
    keys: Mapping[str, Decimal],
    providers: Mapping[str, Decimal] | None = None,
) -> dict[str, str]:
    """Models by slug with provider and price; keys by name and providers by slug with what a day may cost. The keys."""
    wanted = {
        "models": {slug: (provider, str(usd)) for slug, (provider, usd) in models.items()},
        "keys": {name: str(usd) for name, usd in keys.items()},
        "providers": {slug: str(usd) for slug, usd in (providers or {}).items()},
    }
    said = command(gateway.stack.layout, "shell", "-v0", "-c", MAKE.format(wanted=json.dumps(wanted)))
    return dict(json.loads(said.splitlines()[-1]))
